//! A QEMU that runs an image.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{image, root};

/// How long QEMU may take to open its console.
const CONSOLE_TIMEOUT: Duration = Duration::from_secs(10);

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A running machine; ended when dropped.
#[derive(Debug)]
pub struct Machine {
    qemu: Child,
    folder: TempDir,
}

impl Machine {
    /// Boots the image `name` (of `make image-NAME`) on qemu-aarch64.
    ///
    /// # Panics
    /// If QEMU does not start.
    pub fn boot(name: &str) -> Self {
        Self::boot_folder(&image(name))
    }

    /// Boots the image in `folder` on qemu-aarch64.
    ///
    /// # Panics
    /// If QEMU does not start.
    pub fn boot_folder(image: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the console");
        let qemu = Command::new(root().join("mk/scripts/qemu.sh"))
            .arg("qemu-aarch64")
            .arg(image)
            .arg(folder.path().join("console"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("mk/scripts/qemu.sh starts");
        let machine = Self { qemu, folder };
        let deadline = Instant::now() + CONSOLE_TIMEOUT;
        while !machine.console().exists() {
            assert!(
                Instant::now() < deadline,
                "QEMU has no console after {CONSOLE_TIMEOUT:?}"
            );
            sleep(POLL_INTERVAL);
        }
        machine
    }

    /// The serial port of the machine, as a path.
    pub fn console(&self) -> PathBuf {
        self.folder.path().join("console")
    }

    /// Ends QEMU at once.
    ///
    /// # Panics
    /// If it cannot be ended.
    pub fn kill(&mut self) {
        self.qemu.kill().expect("QEMU can be ended");
        self.qemu.wait().expect("QEMU has ended");
    }

    /// Waits until QEMU has ended by itself; `None` if it still runs after `timeout`.
    ///
    /// # Panics
    /// If QEMU cannot be waited for.
    pub fn wait(&mut self, timeout: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(status) = self.qemu.try_wait().expect("QEMU can be waited for") {
                return Some(status);
            }
            if Instant::now() > deadline {
                return None;
            }
            sleep(POLL_INTERVAL);
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// The build tree of the kernel of the arm64 images.
pub fn kernel_tree() -> PathBuf {
    image("arm64").join("kernel")
}

/// An image of the arm64 kernel and verifier, with `module` as module or with none.
///
/// # Panics
/// If it cannot be made.
pub fn folder_with(module: Option<&[u8]>) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the image");
    let path = |name: &str| folder.path().join(name);
    symlink(image("arm64").join("Image"), path("Image")).expect("a link to the kernel");
    let verifier = image("arm64").join("board-verify");
    let mut list = format!(
        "dir /dev 755 0 0\nnod /dev/console 600 0 0 c 5 1\nfile /init {} 755 0 0\n",
        verifier.display()
    );
    if let Some(module) = module {
        fs::write(path("mmap_areas.ko"), module).expect("the module can be written");
        list += &format!(
            "file /mmap_areas.ko {} 644 0 0\n",
            path("mmap_areas.ko").display()
        );
    }
    fs::write(path("list"), list).expect("the list can be written");
    let archive = Command::new(kernel_tree().join("usr/gen_init_cpio"))
        .arg(path("list"))
        .output()
        .expect("gen_init_cpio runs");
    assert!(archive.status.success(), "gen_init_cpio: {archive:?}");
    // The kernel takes an archive that is not packed as well.
    fs::write(path("initramfs.cpio.gz"), archive.stdout).expect("the archive can be written");
    folder
}
