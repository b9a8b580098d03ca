//! The driver of the module, as sysfs has it.

use core::ffi::CStr;

use board_check_protocol::Text;

use crate::platform;
use crate::sys::Folder;
use crate::trouble::{OrFail, Trouble};

/// The driver's folder, with the files `bind` and `unbind`.
///
/// # Errors
/// A failure of the check that asks.
pub fn folder() -> Result<Folder, Trouble> {
    const DRIVER: &CStr = c"/sys/bus/platform/drivers/mmap_areas";
    Folder::open(DRIVER).or_fail("driver")
}

/// The name of the device that has this instance, as its driver's folder has it.
///
/// # Errors
/// [`Trouble::Finding`] if there is none.
pub fn bound_device(driver: &Folder, instance: usize) -> Result<Text, Trouble> {
    let mut found = Text::new();
    driver.each(&mut |name| {
        let Ok(device) = driver.folder(name) else {
            return;
        };
        // A link to the module is there, too.
        let is_device = device.has(c"driver_override");
        let node = device.folder(c"of_node");
        let is_it = node.map_or(0, |node| platform::instance(&node).unwrap_or(0)) == instance;
        if is_device && is_it {
            // A name that is too long is found to be missing.
            let _ = found.push_str(name.to_str().unwrap_or(""));
        }
    });
    match found.is_empty() {
        true => Err(Trouble::Finding {
            what: "bound-device",
            found: "none",
        }),
        false => Ok(found),
    }
}
