# shellcheck shell=sh
# Runs as root in an empty Debian system; /root/unbraid.deb is the package.
set -eu

fail() {
    echo "in_debian.sh: $*" >&2
    exit 1
}

installed() {
    dpkg-query --show --showformat='${Package}\n' | sort
}

installed >/root/before
apt-get install --yes --quiet --no-install-recommends /root/unbraid.deb

# What the binaries need is what `Depends` says.
for binary in /usr/bin/unbraid /usr/lib/clap/Unbraid.clap \
    /usr/lib/vst3/Unbraid.vst3/Contents/*-linux/Unbraid.so; do
    if ldd -r "$binary" | grep -e 'not found' -e 'undefined symbol'; then
        fail "$binary needs what is not there"
    fi
done
[ -z "$(dpkg --verify unbraid)" ] || fail "files are not what the package says"
unbraid --version
cd /tmp
unbraid --quiet demo -o demo
[ -s demo/report.html ] || fail "the demo wrote no report"
man --where unbraid unbraid-learn
man unbraid | grep -q separate || fail "the man page does not say what the command does"
[ -s /usr/share/doc/unbraid/copyright ] || fail "there is no copyright file"
# Over itself, as an upgrade does.
apt-get install --yes --quiet --reinstall /root/unbraid.deb

apt-get purge --yes --quiet unbraid
apt-get autoremove --yes --quiet --purge
installed | cmp - /root/before || fail "packages are left"
if find / -xdev -iname '*unbraid*' -not -path '/proc/*' -not -path '/root/*' \
    -not -path '/tmp/*' -not -path '/var/log/*' -not -path '/var/cache/man/*' | grep .; then
    fail "files are left"
fi
