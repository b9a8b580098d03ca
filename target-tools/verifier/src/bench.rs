//! What a check works on: the device, what is known of it, and the module.

use core::cell::Cell;
use core::ffi::CStr;
use core::fmt::Write;
use core::time::Duration;

use crate::faults::Fault;
use crate::sys::{self, Access, Device, Errno, Mapping, Protection};
use crate::trouble::{OrFail, Trouble};
use crate::uapi;

/// The device node of the first instance.
pub const NODE: &CStr = c"/dev/mmap_areas0";

/// Where the module lies in a direct image.
pub const MODULE_FILE: &CStr = c"/mmap_areas.ko";

/// Size and stride of the areas, in pages, where nobody says otherwise: that of
/// the 2.6 demo driver.
pub const DEFAULT_PAGES: usize = 16;

const MODULE_NAME: &CStr = c"mmap_areas";

/// How long the kernel may take to let go of a module that nobody uses.
const UNLOAD_TIMEOUT: Duration = Duration::from_secs(2);

/// One of the module's areas.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Area {
    /// Its number in ioctls.
    pub number: u32,
    /// Its mappings start at this many strides.
    pub position: usize,
}

/// Area 0.
pub const VMALLOC: Area = Area {
    number: uapi::AREA_VMALLOC,
    position: 0,
};

/// Area 1.
pub const KMALLOC: Area = Area {
    number: uapi::AREA_KMALLOC,
    position: 1,
};

/// All areas.
pub const AREAS: [Area; uapi::AREAS as usize] = [VMALLOC, KMALLOC];

/// What a check works on.
#[derive(Debug)]
pub struct Bench {
    /// Size and stride of the areas, in pages, as the verifier knows them: from
    /// the parameter it gives the module, or from its own command line.
    pub pages: usize,
    /// True if the verifier may unload and load the module.
    pub owns_module: bool,
    /// The deliberate fault of the run.
    pub fault: Fault,
    salt: Cell<u32>,
}

impl Bench {
    /// A bench on areas of `pages` pages.
    pub fn new(pages: usize, owns_module: bool, fault: Fault) -> Self {
        Self {
            pages,
            owns_module,
            fault,
            salt: Cell::new(sys::now().subsec_nanos()),
        }
    }

    /// Size of an area, in bytes.
    pub fn area_bytes(&self) -> usize {
        self.pages * sys::page_size()
    }

    /// File offset at which the mappings of `area` start.
    pub fn offset(&self, area: Area) -> u64 {
        (area.position * self.area_bytes()) as u64
    }

    /// A salt that no check before had.
    pub fn salt(&self) -> u32 {
        self.salt.set(self.salt.get().wrapping_add(1));
        self.salt.get()
    }

    /// Opens the device.
    ///
    /// # Errors
    /// A failure of the check that asks.
    pub fn open(&self, access: Access) -> Result<Device, Trouble> {
        Device::open(NODE, access).or_fail("open")
    }

    /// Opens the device and maps the whole of `area`.
    ///
    /// # Errors
    /// A failure of the check that asks.
    pub fn open_and_map(&self, area: Area) -> Result<(Device, Mapping), Trouble> {
        let device = self.open(Access::ReadWrite)?;
        let mapping = self.map(&device, area)?;
        Ok((device, mapping))
    }

    /// Maps the whole of `area`.
    ///
    /// # Errors
    /// A failure of the check that asks.
    pub fn map(&self, device: &Device, area: Area) -> Result<Mapping, Trouble> {
        device
            .map(self.offset(area), self.area_bytes(), Protection::ReadWrite)
            .or_fail("mmap")
    }

    /// Has the kernel fill the whole of `area`.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn fill(&self, device: &Device, area: Area, pattern: u32, salt: u32) -> Result<(), Errno> {
        device.fill(uapi::Fill {
            area: area.number,
            pattern,
            length: self.area_bytes() as u64,
            salt,
            ..uapi::Fill::default()
        })
    }

    /// Has the kernel compare the whole of `area` with the address pattern.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn check(&self, device: &Device, area: Area, salt: u32) -> Result<uapi::Check, Errno> {
        device.check(uapi::Check {
            area: area.number,
            pattern: uapi::PATTERN_ADDRESS,
            length: self.area_bytes() as u64,
            salt,
            ..uapi::Check::default()
        })
    }

    /// Loads the module for areas of `pages` pages.
    ///
    /// # Errors
    /// As `finit_module(2)`.
    pub fn load(&self, pages: usize) -> Result<(), Errno> {
        let mut parameters = heapless::String::<48>::new();
        let written = match self.fault.module {
            0 => write!(parameters, "npages={pages}\0"),
            fault => write!(parameters, "npages={pages} fault={fault}\0"),
        };
        written.map_err(|_full| Errno::OVERFLOW)?;
        let parameters = CStr::from_bytes_with_nul(parameters.as_bytes());
        sys::load_module(MODULE_FILE, parameters.map_err(|_nul| Errno::INVAL)?)?;
        self.fault.after_load();
        Ok(())
    }

    /// Unloads the module; one that is not loaded is no error.
    ///
    /// # Errors
    /// As `delete_module(2)`: `EWOULDBLOCK` if it stays in use.
    pub fn unload(&self) -> Result<(), Errno> {
        let deadline = sys::now() + UNLOAD_TIMEOUT;
        loop {
            match sys::unload_module(MODULE_NAME) {
                Ok(()) | Err(Errno::NOENT) => return Ok(()),
                Err(Errno::WOULDBLOCK) if sys::now() < deadline => {
                    sys::sleep(Duration::from_millis(5));
                }
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Tries to unload the module once.
    ///
    /// # Errors
    /// As `delete_module(2)`: `EWOULDBLOCK` if it is in use.
    pub fn try_unload(&self) -> Result<(), Errno> {
        sys::unload_module(MODULE_NAME)
    }

    /// Unloads the module and loads it anew, so that a run starts from the memory
    /// that a fresh module has.
    ///
    /// # Errors
    /// As `delete_module(2)` and `finit_module(2)`.
    pub fn reload(&self) -> Result<(), Errno> {
        self.unload()?;
        self.load(self.pages)
    }
}
