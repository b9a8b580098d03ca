//! `board-check ports`: the serial ports of this PC.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::Context as _;

use super::outputs::write_or_closed;
use super::say;
use crate::exit::Exit;
use crate::ports::{SerialPort, State, list};

pub(super) fn run() -> anyhow::Result<Exit> {
    let ports = list(Path::new("/sys"), Path::new("/dev"))
        .context("The system does not list its ports in /sys/class/tty")?;
    if ports.is_empty() {
        say("There are no serial ports.");
    }
    let text: String = match io::stdout().is_terminal() {
        true => ports.iter().map(block).collect(),
        false => ports.iter().map(line).collect(),
    };
    write_or_closed(&mut io::stdout(), &text)?;
    Ok(Exit::Pass)
}

/// For people.
fn block(port: &SerialPort) -> String {
    let state = match &port.state {
        State::Free => "free".to_owned(),
        State::Busy(holder) => format!("in use by {holder}"),
        State::Denied => "no permission".to_owned(),
    };
    let mut text = format!("{}  {state}\n", port.path.display());
    for name in [&port.by_id, &port.by_path].into_iter().flatten() {
        let _ = writeln!(text, "    {}", name.display());
    }
    let usb = port.usb.as_ref();
    let usb = usb.map(|usb| format!("{} {}, ", usb.id, usb.product));
    let driver = port.driver.as_deref().unwrap_or("unknown");
    let _ = writeln!(text, "    {}driver {driver}", usb.unwrap_or_default());
    text
}

/// For programs: fields between tabs, a `-` for what is not there.
fn line(port: &SerialPort) -> String {
    let (state, holder) = match &port.state {
        State::Free => ("free", None),
        State::Busy(holder) => ("busy", Some(holder.clone())),
        State::Denied => ("denied", None),
    };
    let path = |path: &Option<std::path::PathBuf>| Some(path.as_ref()?.display().to_string());
    let fields = [
        Some(port.path.display().to_string()),
        Some(state.to_owned()),
        holder,
        port.driver.clone(),
        port.usb.as_ref().map(|usb| usb.id.clone()),
        port.usb.as_ref().map(|usb| usb.product.clone()),
        path(&port.by_id),
        path(&port.by_path),
    ];
    let fields = fields.map(|field| {
        let field = field.filter(|field| !field.is_empty());
        field.unwrap_or_else(|| "-".to_owned())
    });
    fields.join("\t") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Usb;

    #[test]
    fn a_line_has_eight_fields_whatever_is_known() {
        let mut port = SerialPort {
            path: "/dev/ttyUSB0".into(),
            state: State::Busy("tio (process 7)".to_owned()),
            driver: Some("ftdi_sio".to_owned()),
            usb: Some(Usb {
                id: "0403:6001".to_owned(),
                product: "FTDI FT232R".to_owned(),
            }),
            by_id: Some("/dev/serial/by-id/x".into()),
            by_path: None,
        };
        assert_eq!(
            line(&port),
            "/dev/ttyUSB0\tbusy\ttio (process 7)\tftdi_sio\t0403:6001\tFTDI FT232R\t\
             /dev/serial/by-id/x\t-\n"
        );
        assert_eq!(
            block(&port),
            "/dev/ttyUSB0  in use by tio (process 7)\n    /dev/serial/by-id/x\n    \
             0403:6001 FTDI FT232R, driver ftdi_sio\n"
        );
        port = SerialPort {
            state: State::Denied,
            driver: None,
            usb: None,
            by_id: None,
            ..port
        };
        assert_eq!(line(&port), "/dev/ttyUSB0\tdenied\t-\t-\t-\t-\t-\t-\n");
    }
}
