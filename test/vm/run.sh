#!/bin/bash
# Boots a small Debian with a real systemd and version 2 control groups, and runs limits.ts in it: as an ordinary user below
# `systemd --user`, as one to whom the system gave a group, and as root; then quotas.ts, on a file system with project quotas. Without KVM it takes some minutes. Needs root, and the packages mmdebstrap, qemu-system-x86 and e2fsprogs.
#
#   test/vm/run.sh [FOLDER]     FOLDER keeps the downloaded system for the next time
set -euo pipefail

project=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
export PATH="$project/node_modules/.bin:$PATH"

if [ ! -e "$folder/root.tar" ]; then
  mmdebstrap --variant=minbase \
    --include=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,udev,perl-base,quota,e2fsprogs,linux-image-cloud-amd64,initramfs-tools \
    bookworm "$folder/root.tar"
fi
rm -rf "$folder/root"
mkdir "$folder/root"
tar -xf "$folder/root.tar" -C "$folder/root"

# Node, and what is tried as one file.
install -m 755 "$(readlink -f "$(node -p process.execPath)")" "$folder/root/usr/local/bin/node"
(cd "$project" && node --input-type=module -e "
  import { build } from 'rolldown';
  for (const name of ['limits', 'quotas'])
    await build({ input: 'test/vm/' + name + '.ts', platform: 'node', output: { file: '$folder/root/opt/' + name + '.mjs', codeSplitting: false } });
")

cat >"$folder/root/etc/systemd/system/limits.service" <<'UNIT'
[Unit]
After=systemd-user-sessions.service dbus.service systemd-logind.service
[Service]
Type=oneshot
ExecStart=/opt/limits.sh
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
[Install]
WantedBy=multi-user.target
UNIT
cat >"$folder/root/opt/limits.sh" <<'SCRIPT'
#!/bin/bash
trap 'systemctl poweroff --force --force' EXIT
set -e
systemctl --version | head -1
uname -r
useradd -m -s /bin/bash person
loginctl enable-linger person
uid=$(id -u person)
until [ -S /run/user/$uid/systemd/private ]; do sleep 1; done
as_person() {
  setpriv --reuid "$uid" --regid "$uid" --init-groups env HOME=/home/person XDG_RUNTIME_DIR=/run/user/$uid \
    DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$uid/bus "$@"
}
# Twice, as a service that is stopped and started again while what it started goes on.
for turn in begin again; do
  as_person systemd-run --user --wait --pipe --quiet --property=KillMode=process --unit=agent-$turn \
    /usr/local/bin/node /opt/limits.mjs $turn || {
    echo "limits: $turn ended with $?"
    journalctl --no-pager --quiet --output=cat _UID=$uid | tail -n 20
  }
done
# A service of the system, of a user without a systemd of its own, which was given its group.
useradd -m loner
systemd-run --uid=loner --property=Delegate=yes --wait --pipe --quiet /usr/local/bin/node /opt/limits.mjs begin || echo "limits: ended with $?"
# Root.
for turn in begin again; do
  systemd-run --property=KillMode=process --wait --pipe --quiet /usr/local/bin/node /opt/limits.mjs $turn || echo "limits: $turn ended with $?"
done
# A file system with project quotas, and one without.
truncate -s 200M /var/tmp/with /var/tmp/without
mkfs.ext4 -q -O quota,project -E quotatype=prjquota /var/tmp/with
mkfs.ext4 -q /var/tmp/without
mkdir /mnt/with /mnt/without
mount -o loop,prjquota /var/tmp/with /mnt/with
mount -o loop /var/tmp/without /mnt/without
/usr/local/bin/node /opt/quotas.mjs /mnt/with /mnt/without || echo "limits: quotas ended with $?"
echo "limits: end"
SCRIPT
chmod 755 "$folder/root/opt/limits.sh"
ln -sf /etc/systemd/system/limits.service "$folder/root/etc/systemd/system/multi-user.target.wants/limits.service"

# It would take the console away.
ln -sf /dev/null "$folder/root/etc/systemd/system/serial-getty@ttyS0.service"

truncate -s 2G "$folder/disk"
mke2fs -q -F -t ext4 -d "$folder/root" "$folder/disk"
cp "$folder"/root/boot/vmlinuz-* "$folder/vmlinuz"
cp "$folder"/root/boot/initrd.img-* "$folder/initrd"
rm -rf "$folder/root"

timeout 1200 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -nographic -no-reboot -nodefaults -serial stdio \
  -kernel "$folder/vmlinuz" -initrd "$folder/initrd" \
  -append 'root=/dev/vda rw console=ttyS0 quiet systemd.show_status=no' \
  -drive "file=$folder/disk,format=raw,if=virtio" </dev/null | tee "$folder/output"
rm -f "$folder/disk"
! grep -q 'NOT OK\|ended with' "$folder/output" && [ "$(grep -c '^limits: .* passed' "$folder/output")" -eq 6 ]
