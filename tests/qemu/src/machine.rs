//! A QEMU that runs an image.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use tempfile::TempDir;

use crate::{IMAGE, image, root};

/// How long QEMU may take to open its console.
const CONSOLE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a board may take to say something.
const CONSOLE_LIMIT: Duration = Duration::from_secs(60);

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A running machine; ended when dropped.
#[derive(Debug)]
pub struct Machine {
    qemu: Child,
    folder: TempDir,
}

impl Machine {
    /// Boots the image `name` (of `make image-NAME`) on `board`.
    ///
    /// # Panics
    /// If QEMU does not start.
    pub fn boot(board: &str, name: &str) -> Self {
        Self::boot_image(board, &image(name))
    }

    /// Boots `board` with an image, as `mk/scripts/qemu.sh` takes it: the folder of kernel and
    /// initramfs, or an SD card.
    ///
    /// # Panics
    /// If QEMU does not start.
    pub fn boot_image(board: &str, image: &Path) -> Self {
        let device_tree = root().join("output").join(board).join("board.dtb");
        Self::boot_with(board, image, &device_tree)
    }

    /// The same with another device tree than the board's.
    ///
    /// # Panics
    /// If QEMU does not start.
    pub fn boot_with(board: &str, image: &Path, device_tree: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the console");
        let qemu = command(board, image, device_tree, &folder.path().join("console"))
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

    /// Boots `board` with a torture image, whose program is to do `task`; and what the console
    /// says, piece by piece, until QEMU ends. It is a pipe: a pty loses with QEMU what nobody has
    /// read yet.
    ///
    /// # Panics
    /// If QEMU does not start.
    pub fn boot_task(board: &str, image: &Path, task: &str) -> (Self, Receiver<Vec<u8>>) {
        let folder = tempfile::tempdir().expect("a folder for the machine");
        let device_tree = root().join("output").join(board).join("board.dtb");
        let mut qemu = command(board, image, &device_tree, Path::new("-"))
            .env("CMDLINE_EXTRA", format!("-- {task}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("mk/scripts/qemu.sh starts");
        let console = qemu.stdout.take().expect("it is piped");
        (Self { qemu, folder }, pieces(console))
    }

    /// The serial port of the machine, as a path.
    pub fn console(&self) -> PathBuf {
        self.folder.path().join("console")
    }

    /// The console, as board-check names it.
    ///
    /// # Panics
    /// If it is gone.
    pub fn port(&self) -> OsString {
        let console = self.console();
        let kind = fs::metadata(&console).expect("a console").file_type();
        let scheme = if kind.is_socket() { "unix:" } else { "" };
        let mut port = OsString::from(scheme);
        port.push(console);
        port
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

impl Machine {
    /// What the console says from now on, piece by piece. Nothing is sent.
    fn listen(&self) -> Receiver<Vec<u8>> {
        // Not as the terminal of this process, which would be hung up with QEMU.
        let console = fs::File::options()
            .read(true)
            .custom_flags(OFlags::NOCTTY.bits().cast_signed())
            .open(self.console())
            .expect("the console opens");
        pieces(console)
    }

    /// What the console says until `mark`, at most a minute.
    ///
    /// # Panics
    /// If the mark does not come.
    pub fn read_until(&self, mark: &str) -> Vec<u8> {
        let pieces = self.listen();
        let deadline = Instant::now() + CONSOLE_LIMIT;
        let mut log = Vec::new();
        while !String::from_utf8_lossy(&log).contains(mark) {
            let left = deadline.saturating_duration_since(Instant::now());
            match pieces.recv_timeout(left) {
                Ok(piece) => log.extend(piece),
                Err(end) => panic!("{end} before {mark:?} came on the console"),
            }
        }
        log
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// The QEMU of `board`, whose console is at the path `console`, or its standard output.
fn command(board: &str, image: &Path, device_tree: &Path, console: &Path) -> Command {
    let mut command = Command::new(root().join("mk/scripts/qemu.sh"));
    command
        .args([Path::new(board), image, console])
        .env("DEVICE_TREE", device_tree)
        .stdin(Stdio::null());
    command
}

/// What `console` says, piece by piece.
fn pieces(mut console: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(bytes @ 1..) = console.read(&mut piece) {
            if sender.send(piece[..bytes].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// An image of the kernel and verifier of [`IMAGE`], with `module` as module or with none.
///
/// # Panics
/// If it cannot be made.
pub fn folder_with(module: Option<&[u8]>) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the module");
    let path = folder.path().join("mmap_areas.ko");
    let verifier = image(IMAGE).join("board-verify");
    let mut list = format!("file /init {} 755 0 0\n", verifier.display());
    if let Some(module) = module {
        fs::write(&path, module).expect("the module can be written");
        list += &format!("file /mmap_areas.ko {} 644 0 0\n", path.display());
    }
    folder_of(&list)
}

/// An image of the kernel of [`IMAGE`] and the files of `list`, in the form that the kernel's
/// `usr/gen_init_cpio` takes; `/dev/console` is there besides.
///
/// # Panics
/// If it cannot be made.
pub fn folder_of(list: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the image");
    let path = |name: &str| folder.path().join(name);
    symlink(image(IMAGE).join("Image"), path("Image")).expect("a link to the kernel");
    let list = format!("dir /dev 755 0 0\nnod /dev/console 600 0 0 c 5 1\n{list}");
    fs::write(path("list"), list).expect("the list can be written");
    let archive = Command::new(image(IMAGE).join("kernel/usr/gen_init_cpio"))
        .arg(path("list"))
        .output()
        .expect("gen_init_cpio runs");
    assert!(archive.status.success(), "gen_init_cpio: {archive:?}");
    // The kernel takes an archive that is not packed as well.
    fs::write(path("initramfs.cpio.gz"), archive.stdout).expect("the archive can be written");
    folder
}
