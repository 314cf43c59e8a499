#!/bin/bash
# The VST3 in a DAW: Ardour 7 (Debian: apt-get install ardour), without a window.
# usage: ardour.sh BUNDLE COMMAND AUDIO PYTHON
# BUNDLE is Unbraid.vst3, COMMAND the unbraid command, AUDIO the folder of the demo's
# clips, PYTHON one with pedalboard, numpy and soundfile. Inserts the plugin, loads a
# learned state, saves, reopens, exports; prints what it measured. The exit code says
# whether all of it held.
set -eu -o pipefail
[ $# = 4 ] || { sed -n '2,7s/^# //p' "$0"; exit 2; }
bundle=$(realpath "$1") command=$(realpath "$2") audio=$(realpath "$3")
python=$(realpath -s "$4")
parts=$(realpath "$(dirname "$0")")/ardour
libraries=/usr/lib/ardour7

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
session=$work/session/check.ardour

# Shows what a step printed only where it fails.
step() {
    local name=$1
    shift
    timeout 300 "$@" > "$work/log" 2>&1 < /dev/null && return
    tail -30 "$work/log"
    echo "FAIL $name"
    exit 1
}

source="Instrument 2"
rate=$("$python" "$parts/learn.py" "$bundle" "$audio" "$source" "$work")

# A home of its own: Ardour finds this plugin alone, and leaves no settings behind.
export HOME=$work/home
export XDG_CACHE_HOME=$HOME/.cache XDG_CONFIG_HOME=$HOME/.config
unset VST3_PATH
installed=$HOME/.vst3/Unbraid.vst3
mkdir -p "$HOME/.vst3" "$XDG_CACHE_HOME/ardour7/vst" "$XDG_CONFIG_HOME"
cp -rL "$bundle" "$installed"
# Ardour lists a plugin only where the scanner's file is newer by a whole second, and
# made for the very path that Ardour uses.
find "$installed" -exec touch -d '1 hour ago' {} +
step scan env LD_LIBRARY_PATH=$libraries $libraries/ardour-vst3-scanner -f "$installed"
"$python" "$parts/vstpreset.py" "$XDG_CACHE_HOME"/ardour7/vst/*.v3i Unbraid "$work/state" learned "$HOME"

step make ardour7-lua "$parts/session.lua" make "$work/session" "$work/made" "$rate" Unbraid learned
[ -f "$session" ] || { cat "$work/log"; echo "FAIL make"; exit 1; }
"$python" "$parts/put_audio.py" "$session" band "$work/mixture.wav"
step reopen ardour7-lua "$parts/session.lua" open "$work/session" "$work/reopened"
diff "$work/made" "$work/reopened" || { echo "FAIL parameters or latency differ after reopening"; exit 1; }
echo "ok   after reopening: $(head -1 "$work/reopened"), all $(grep -c : "$work/reopened") parameters as before"

step mono ardour7-lua "$parts/mono.lua" "$work/mono" Unbraid
inputs=$(grep ^input "$work/log" | tr -s '[:space:]' ' ')
[ "$inputs" = "input 0 0 input 1 0 " ] || { echo "FAIL a mono track: $inputs"; exit 1; }
echo "ok   a mono track is heard on both sides"

# Debian's Ardour 7.3 corrupts its heap in some exports, in sessions without any plugin as well.
for attempt in 1 2 3 4 5; do
    code=0
    timeout 300 ardour7-export -b float -o "$work/export.wav" "$work/session" check \
        > "$work/log" 2>&1 < /dev/null || code=$?
    [ $code = 134 ] || break
    echo "     export $attempt aborted: $(tail -c 60 "$work/log" | tr '\n' ' ')"
done
[ $code = 0 ] || { tail -30 "$work/log"; echo "FAIL export"; exit 1; }
"$python" "$parts/compare.py" "$command" "$source" "$work" "$session" "$work/export.wav"
