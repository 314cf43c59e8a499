#!/bin/sh
# Installs Unbraid for the user who runs this, on Linux and macOS:
#
#     sh install.sh                 install, or replace an older version
#     sh install.sh --uninstall     remove what was installed
#
# Nothing is replaced or removed where this script did not put something before, nor what has become
# a link since.
set -eu

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ -n "${HOME:-}" ] || fail "HOME is not set: it says whose plugins these are"
if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ]; then
    fail "run it without sudo: it installs for the user who runs it"
fi
data=${XDG_DATA_HOME:-}
# Only an absolute path counts.
case $data in
/*) ;;
*) data=$HOME/.local/share ;;
esac
bin=$HOME/.local/bin
system=$(uname -s)
case $system in
Linux) clap=$HOME/.clap vst3=$HOME/.vst3 ;;
Darwin)
    clap=$HOME/Library/Audio/Plug-Ins/CLAP
    vst3=$HOME/Library/Audio/Plug-Ins/VST3
    ;;
*) fail "this is for Linux and macOS; on Windows, run install.bat" ;;
esac
# The paths of everything that is installed, one on each line.
list=$data/unbraid/installed.txt

# Calls $1 with each file or folder of the package, and the path where it goes.
for_each() {
    "$1" Unbraid.clap "$clap/Unbraid.clap"
    "$1" Unbraid.vst3 "$vst3/Unbraid.vst3"
    "$1" unbraid "$bin/unbraid"
    for page in "$here"/man/*.1; do
        "$1" "man/${page##*/}" "$data/man/man1/${page##*/}"
    done
    "$1" completions/unbraid.bash "$data/bash-completion/completions/unbraid"
    "$1" completions/unbraid.fish "$data/fish/vendor_completions.d/unbraid.fish"
    "$1" completions/_unbraid "$data/zsh/site-functions/_unbraid"
}

is_ours() {
    [ ! -L "$1" ] && [ -f "$list" ] && grep -Fxq -e "$1" "$list"
}

# The lines of the first file that the second does not have.
lines_missing() {
    grep -Fxv -f "$2" "$1" || true
}

check() {
    [ -e "$here/$1" ] || fail "$here/$1 is missing: unpack the whole archive again"
    if { [ -e "$2" ] || [ -L "$2" ]; } && ! is_ours "$2"; then
        echo "install.sh: $2 is there already, and this script did not put it there" >&2
        foreign=yes
    fi
}

note() {
    echo "$2"
}

# Through another name, so that a host that has the old file open keeps it.
copy() {
    mkdir -p "$(dirname "$2")"
    rm -rf "$2.unbraid-new"
    cp -R "$here/$1" "$2.unbraid-new"
    # macOS does not load what was downloaded and is not signed by a developer it knows.
    if [ "$system" = Darwin ]; then
        xattr -dr com.apple.quarantine "$2.unbraid-new" 2>/dev/null || true
    fi
    rm -rf "$2"
    mv "$2.unbraid-new" "$2"
}

# Removes what the lines of standard input name.
remove() {
    while IFS= read -r path; do
        if [ -L "$path" ]; then
            echo "install.sh: $path is a link by now, and stays" >&2
            continue
        fi
        case ${path##*/} in
        Unbraid.clap | Unbraid.vst3 | unbraid | unbraid*.1 | unbraid.fish | _unbraid)
            rm -rf "$path"
            ;;
        *) fail "$list is damaged: it has the line '$path'" ;;
        esac
    done
}

install() {
    foreign=no
    for_each check
    [ $foreign = no ] || fail "move that away and run this again; nothing was changed"
    mkdir -p "$(dirname "$list")"
    for_each note >"$list.new"
    : >"$list.old"
    if [ -f "$list" ]; then
        lines_missing "$list" "$list.new" >"$list.old"
    fi
    # First the old paths and the new ones, in case this is interrupted.
    cat "$list.old" "$list.new" >"$list.both"
    mv "$list.both" "$list"
    for_each copy
    remove <"$list.old"
    rm "$list.old"
    mv "$list.new" "$list"
    echo "installed: $clap/Unbraid.clap"
    echo "           $vst3/Unbraid.vst3"
    echo "           $bin/unbraid"
    echo "Start your host again, or let it look for new plugins."
    case :$PATH: in
    *":$bin:"*) ;;
    *) echo "To type just 'unbraid', add $bin to your PATH." ;;
    esac
}

uninstall() {
    [ -f "$list" ] || fail "nothing to remove: there is no $list"
    remove <"$list"
    rm "$list"
    echo "removed; learned instruments, if any, stay in your data folder"
}

case $# in
0) install ;;
1)
    [ "$1" = --uninstall ] || fail "usage: sh install.sh [--uninstall]"
    uninstall
    ;;
*) fail "usage: sh install.sh [--uninstall]" ;;
esac
