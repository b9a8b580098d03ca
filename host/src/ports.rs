//! The serial ports of this PC, as sysfs and `/dev/serial` show them.
//!
//! No port is opened for it: opening switches control lines, which resets some boards.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::escape::escape;
use crate::link::holder;

/// A serial port. All texts are escaped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SerialPort {
    /// Its device, such as `/dev/ttyUSB0`.
    pub path: PathBuf,
    /// Whether it can be had.
    pub state: State,
    /// The driver of its hardware.
    pub driver: Option<String>,
    /// The USB device that it belongs to.
    pub usb: Option<Usb>,
    /// The name in `/dev/serial/by-id` that stays with the adapter.
    pub by_id: Option<PathBuf>,
    /// The name in `/dev/serial/by-path` that stays with the socket.
    pub by_path: Option<PathBuf>,
}

/// Whether a port can be had.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum State {
    /// This user may open it, and nobody is seen to have it.
    Free,
    /// A process has it open: "NAME (process N)".
    Busy(String),
    /// This user may not open it.
    Denied,
}

/// A USB device.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Usb {
    /// Vendor and product, such as `0403:6001`.
    pub id: String,
    /// What it says it is.
    pub product: String,
}

/// The ports, sorted by name. `sys` and `dev` are `/sys` and `/dev`.
///
/// # Errors
/// When there is no list of ttys in `sys`.
pub fn list(sys: &Path, dev: &Path) -> io::Result<Vec<SerialPort>> {
    let mut ports = Vec::new();
    for entry in fs::read_dir(sys.join("class/tty"))? {
        let entry = entry?;
        let Ok(device) = fs::canonicalize(entry.path().join("device")) else {
            // A console, a pseudo terminal: there is no hardware behind it.
            continue;
        };
        // The kernel has numbers for ports that are not there.
        if read(&entry.path().join("type")).as_deref() == Some("0") {
            continue;
        }
        let path = dev.join(entry.file_name());
        ports.push(SerialPort {
            state: state(&path),
            driver: driver(&device),
            usb: device.ancestors().find_map(usb),
            by_id: link_to(&path, &dev.join("serial/by-id")),
            by_path: link_to(&path, &dev.join("serial/by-path")),
            path,
        });
    }
    ports.sort_by_key(|port| natural(&port.path));
    Ok(ports)
}

fn state(path: &Path) -> State {
    if access(path, Access::READ_OK | Access::WRITE_OK).is_err() {
        return State::Denied;
    }
    holder::find(path).map_or(State::Free, State::Busy)
}

/// The driver of the nearest device that has one; newer kernels put one of the serial
/// core between, on a bus of its own.
fn driver(device: &Path) -> Option<String> {
    let name = |link: &Path| {
        let target = fs::canonicalize(link).ok()?;
        Some(target.file_name()?.to_string_lossy().into_owned())
    };
    let of_core =
        |device: &&Path| name(&device.join("subsystem")).as_deref() == Some("serial-base");
    let mut devices = device.ancestors().filter(|device| !of_core(device));
    let driver = devices.find_map(|device| name(&device.join("driver")))?;
    Some(escape(driver.as_bytes()))
}

fn usb(device: &Path) -> Option<Usb> {
    let id = |name| read(&device.join(name));
    let id = format!("{}:{}", id("idVendor")?, id("idProduct")?);
    let words = ["manufacturer", "product"].map(|name| read(&device.join(name)));
    let product: Vec<String> = words.into_iter().flatten().collect();
    Some(Usb {
        id,
        product: product.join(" "),
    })
}

/// The link in `folder` that leads to `path`.
fn link_to(path: &Path, folder: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    let mut links: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|link| fs::canonicalize(link).is_ok_and(|target| target == path))
        .collect();
    links.sort();
    links.into_iter().next()
}

/// The text of a file of sysfs; `None` if there is none.
fn read(path: &Path) -> Option<String> {
    let text = escape(fs::read(path).ok()?.trim_ascii());
    Some(text).filter(|text| !text.is_empty())
}

/// Sorts ttyUSB2 before ttyUSB10.
fn natural(path: &Path) -> (String, u64) {
    let text = path.to_string_lossy();
    let name = text.trim_end_matches(|character: char| character.is_ascii_digit());
    let number = text[name.len()..].parse().unwrap_or(0);
    (name.to_owned(), number)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A tree as sysfs and udev make it.
    struct Tree(TempDir);

    impl Tree {
        fn new() -> Self {
            let tree = Self(tempfile::tempdir().unwrap());
            fs::create_dir_all(tree.path("sys/class/tty")).unwrap();
            fs::create_dir_all(tree.path("dev")).unwrap();
            tree
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn file(&self, name: &str, text: &[u8]) {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn link(&self, name: &str, to: &str) {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::create_dir_all(self.path(to)).unwrap();
            symlink(self.path(to), path).unwrap();
        }

        /// A port with its hardware at `device`.
        fn port(&self, name: &str, device: &str) {
            self.link(&format!("sys/class/tty/{name}/device"), device);
            self.file(&format!("dev/{name}"), b"");
        }

        fn list(&self) -> Vec<SerialPort> {
            list(&self.path("sys"), &self.path("dev")).unwrap()
        }
    }

    #[test]
    fn a_usb_adapter_has_its_names_its_driver_and_its_product() {
        let tree = Tree::new();
        let usb = "sys/devices/pci0000:00/usb1/1-1";
        tree.file(&format!("{usb}/idVendor"), b"0403\n");
        tree.file(&format!("{usb}/idProduct"), b"6001\n");
        tree.file(&format!("{usb}/manufacturer"), b"FTDI\n");
        tree.file(&format!("{usb}/product"), b"FT232R \x1b[2J\xff\n");
        let device = format!("{usb}/1-1:1.0/ttyUSB0");
        tree.port("ttyUSB0", &device);
        tree.link(
            &format!("{device}/driver"),
            "sys/bus/usb-serial/drivers/ftdi_sio",
        );
        fs::create_dir_all(tree.path("dev/serial/by-id")).unwrap();
        symlink("../../ttyUSB0", tree.path("dev/serial/by-id/usb-FTDI-if00")).unwrap();
        let [port] = &tree.list()[..] else {
            panic!("{:?}", tree.list());
        };
        assert_eq!(port.path, tree.path("dev/ttyUSB0"));
        assert_eq!(port.state, State::Free);
        assert_eq!(port.driver.as_deref(), Some("ftdi_sio"));
        let usb = port.usb.as_ref().unwrap();
        assert_eq!(usb.id, "0403:6001");
        assert_eq!(usb.product, "FTDI FT232R \\x1b[2J\\xff");
        assert_eq!(
            port.by_id,
            Some(tree.path("dev/serial/by-id/usb-FTDI-if00"))
        );
        assert_eq!(port.by_path, None);
    }

    #[test]
    fn a_port_of_the_board_has_the_driver_below_the_serial_core() {
        let tree = Tree::new();
        let device = "sys/devices/platform/uart/uart:0/uart:0.0";
        tree.port("ttyS0", device);
        tree.file("sys/class/tty/ttyS0/type", b"4\n");
        tree.link(&format!("{device}/subsystem"), "sys/bus/serial-base");
        tree.link(
            &format!("{device}/driver"),
            "sys/bus/serial-base/drivers/port",
        );
        tree.link(
            "sys/devices/platform/uart/driver",
            "sys/bus/platform/drivers/dw-apb-uart",
        );
        let ports = tree.list();
        assert_eq!(ports[0].driver.as_deref(), Some("dw-apb-uart"));
        assert_eq!(ports[0].usb, None);
    }

    #[test]
    fn what_is_no_port_is_left_out_and_the_rest_in_order() {
        let tree = Tree::new();
        fs::create_dir_all(tree.path("sys/class/tty/tty0")).unwrap();
        tree.port("ttyS7", "sys/devices/platform/serial8250");
        tree.file("sys/class/tty/ttyS7/type", b"0\n");
        for name in ["ttyUSB10", "ttyUSB2", "ttyACM0"] {
            tree.port(name, &format!("sys/devices/{name}"));
        }
        let names: Vec<_> = tree
            .list()
            .iter()
            .map(|port| port.path.file_name().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["ttyACM0", "ttyUSB2", "ttyUSB10"]);
        assert!(list(Path::new("/nowhere"), Path::new("/dev")).is_err());
    }

    #[test]
    fn one_that_is_gone_from_dev_cannot_be_had() {
        let tree = Tree::new();
        tree.port("ttyUSB0", "sys/devices/usb");
        fs::remove_file(tree.path("dev/ttyUSB0")).unwrap();
        assert_eq!(tree.list()[0].state, State::Denied);
    }
}
