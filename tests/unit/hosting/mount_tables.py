"""``/proc/self/mountinfo`` as hosts show it, shortened to what matters; ids and names are made up."""

from __future__ import annotations

from typing import Final

_POD: Final = "/var/lib/kubelet/pods/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
_CONTAINER: Final = "4f" * 32
_KERNEL: Final = """\
24 1 0:22 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
25 1 0:23 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
26 25 0:24 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k
27 1 0:25 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
"""
_OVERLAY: Final = (
    "1 0 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A:/var/lib/docker/"
    "overlay2/l/B,upperdir=/var/lib/docker/overlay2/c/diff,workdir=/var/lib/docker/overlay2/c/work\n"
)
_DOCKER_FILES: Final = f"""\
40 1 8:1 /var/lib/docker/containers/{_CONTAINER}/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/sda1 rw
41 1 8:1 /var/lib/docker/containers/{_CONTAINER}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw
42 1 8:1 /var/lib/docker/containers/{_CONTAINER}/hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw
"""
_POD_FILES: Final = f"""\
40 1 259:1 {_POD}/etc-hosts /etc/hosts rw,relatime - ext4 /dev/nvme0n1p1 rw
41 1 259:1 {_POD}/containers/app/1a2b3c4d /dev/termination-log rw,relatime - ext4 /dev/nvme0n1p1 rw
42 1 0:60 / /run/secrets/kubernetes.io/serviceaccount ro,relatime - tmpfs tmpfs rw,size=524288k
"""

DOCKER_OVERLAY: Final = _OVERLAY + _KERNEL + _DOCKER_FILES
DOCKER_NAMED: Final = (
    DOCKER_OVERLAY + "50 1 8:1 /var/lib/docker/volumes/whatsapp-sessions/_data /data rw - ext4 /dev/sda1 rw\n"
)
DOCKER_ANONYMOUS: Final = (
    DOCKER_OVERLAY + f"50 1 8:1 /var/lib/docker/volumes/{'a7' * 32}/_data /data rw - ext4 /dev/sda1 rw\n"
)
DOCKER_BIND: Final = (
    DOCKER_OVERLAY + "50 1 8:1 /srv/whatsapp /data rw,relatime master:1 - ext4 /dev/sda1 rw\n"
)
DOCKER_READ_ONLY: Final = DOCKER_OVERLAY + "50 1 8:1 /srv/whatsapp /data ro,relatime - ext4 /dev/sda1 rw\n"
DOCKER_TMPFS: Final = DOCKER_OVERLAY + "50 1 0:70 / /data rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw\n"

RENDER_WITHOUT_DISK: Final = _OVERLAY + _KERNEL + _POD_FILES
RENDER_DISK: Final = RENDER_WITHOUT_DISK + "60 1 259:3 / /data rw,relatime - ext4 /dev/nvme2n1 rw,discard\n"

KUBERNETES_PVC: Final = (
    RENDER_WITHOUT_DISK + "60 1 259:4 / /data rw,relatime - xfs /dev/nvme3n1 rw,attr2,inode64,noquota\n"
)
KUBERNETES_EMPTY_DIR: Final = (
    RENDER_WITHOUT_DISK
    + f"60 1 259:1 {_POD}/volumes/kubernetes.io~empty-dir/sessions /data rw - ext4 /dev/nvme0n1p1 rw\n"
)
KUBERNETES_EMPTY_DIR_MEMORY: Final = RENDER_WITHOUT_DISK + "60 1 0:80 / /data rw - tmpfs tmpfs rw,size=1g\n"

FLY_WITHOUT_VOLUME: Final = "1 0 254:0 / / rw,relatime - ext4 /dev/vdb rw\n" + _KERNEL
FLY_VOLUME: Final = FLY_WITHOUT_VOLUME + "60 1 254:32 / /data rw,relatime - ext4 /dev/vdc rw\n"
RAILWAY_VOLUME: Final = _OVERLAY + _KERNEL + "60 1 230:16 / /data rw,relatime - ext4 /dev/zd16 rw,stripe=2\n"

LAPTOP_EXT4: Final = """\
22 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw
28 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro
29 28 0:26 / /run rw,nosuid,nodev shared:5 - tmpfs tmpfs rw,size=1600000k,mode=755
31 28 0:30 / /tmp rw,nosuid,nodev shared:6 - tmpfs tmpfs rw
33 28 259:1 / /boot/efi rw,relatime shared:31 - vfat /dev/nvme0n1p1 rw,fmask=0077
35 28 259:3 / /home rw,relatime shared:33 - ext4 /dev/mapper/home rw
"""
LAPTOP_BTRFS: Final = """\
28 1 0:27 /@ / rw,relatime shared:1 - btrfs /dev/nvme0n1p2 rw,compress=zstd:3,subvolid=256,subvol=/@
35 28 0:27 /@home /home rw,relatime shared:33 - btrfs /dev/nvme0n1p2 rw,subvolid=257,subvol=/@home
"""
LAPTOP_ZFS: Final = """\
28 1 0:27 / / rw,relatime shared:1 - zfs rpool/ROOT/ubuntu_x rw,xattr,posixacl
35 28 0:40 / /home/ana rw,relatime shared:33 - zfs rpool/USERDATA/ana rw,xattr,posixacl
"""
LIVE_SYSTEM: Final = "28 1 0:27 / / rw,relatime - tmpfs tmpfs rw\n"
WSL: Final = """\
60 1 8:48 / / rw,relatime - ext4 /dev/sdd rw,discard,errors=remount-ro,data=ordered
61 60 0:30 / /mnt/wsl rw,relatime shared:1 - tmpfs none rw
62 60 0:41 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\;uid=1000;gid=1000
"""
PRIVATE_TMP: Final = (
    LAPTOP_EXT4.replace("31 28 0:30 / /tmp rw,nosuid,nodev shared:6 - tmpfs tmpfs rw\n", "")
    + "70 28 259:2 /tmp/systemd-private-3f-app.service-Xy/tmp /tmp rw - ext4 /dev/nvme0n1p2 rw\n"
    + "71 28 259:2 /srv/systemd-private-3f-app.service-Xy/tmp /srv/x rw shared:91 - ext4 /dev/nvme0n1p2 rw\n"
)
WITH_BLANKS: Final = (
    LAPTOP_EXT4 + "70 28 8:17 / /media/ana/My\\040Disk\\011\\134x rw shared:9 - ext4 /dev/sdb1 rw\n"
)
