//! What a check works on: the device, what is known of it, and the module.

use core::cell::Cell;
use core::ffi::CStr;
use core::fmt::Write;
use core::time::Duration;

use board_check_protocol::Text;

use crate::busy::Busy;
use crate::environment::Environment;
use crate::faults::Fault;
use crate::memory_type::{Expected, expected};
use crate::platform::{DEVICES_MAX, Node, Platform};
use crate::sys::{self, ARCHITECTURE, Access, Device, Errno, Mapping, Protection};
use crate::trouble::{Note, OrFail, Trouble};
use crate::uapi;

/// The device nodes of the instances.
pub const NODES: [&CStr; DEVICES_MAX] = [
    c"/dev/mmap_areas0",
    c"/dev/mmap_areas1",
    c"/dev/mmap_areas2",
    c"/dev/mmap_areas3",
];

/// Where the module lies in a direct image.
pub const MODULE_FILE: &CStr = c"/mmap_areas.ko";

/// Size and stride of the areas, in pages, where nobody says otherwise: that of
/// the 2.6 demo driver.
pub const DEFAULT_PAGES: usize = 16;

const MODULE_NAME: &CStr = c"mmap_areas";

/// How long the kernel may take to let go of a module that nobody uses.
const UNLOAD_TIMEOUT: Duration = Duration::from_secs(2);

/// On which device a check works.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum On {
    /// The first instance that there is.
    First,
    /// The first that takes part in cache coherency.
    Coherent,
    /// The first that does not.
    NonCoherent,
}

/// One of the areas of a device.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Area {
    /// Its number in ioctls; its mappings start at as many strides.
    pub number: u32,
    /// Of which device.
    pub on: On,
}

/// Area 0 of the first device.
pub const VMALLOC: Area = Area {
    number: uapi::AREA_VMALLOC,
    on: On::First,
};

/// Area 1 of the first device.
pub const KMALLOC: Area = Area {
    number: uapi::AREA_KMALLOC,
    on: On::First,
};

/// What a check works on.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Size and stride of the areas, in pages, as the verifier knows them: from
    /// the parameter it gives the module, or from its own command line.
    pub pages: usize,
    /// The module's file, if the verifier may unload and load it.
    pub module: Option<&'static CStr>,
    /// The deliberate fault of the run.
    pub fault: Fault,
    /// The devices, and what the CPU can do.
    pub platform: Platform,
    /// The device on which the check works.
    pub node: Node,
    /// What a check that passes has seen.
    pub note: Cell<Note>,
    /// What says that a check that takes long goes on.
    pub busy: Busy,
    salt: Cell<u32>,
}

impl Bench {
    /// A bench on the first device.
    pub fn new(environment: &Environment, module: Option<&'static CStr>, fault: Fault) -> Self {
        let platform = environment.platform.clone();
        Self {
            pages: environment.pages,
            module,
            fault,
            // There is a device, found or not.
            node: platform.devices.first().copied().unwrap_or_default(),
            platform,
            note: Cell::new(Note::Nothing),
            busy: Busy::default(),
            salt: Cell::new(sys::now().subsec_nanos()),
        }
    }

    /// Goes to the device of `area`.
    ///
    /// # Errors
    /// [`Trouble::Skip`] if there is no such device, or if it has no such area.
    pub fn go_to(&mut self, area: Area) -> Result<(), Trouble> {
        let mut devices = self.platform.devices.iter();
        let (found, missing) = match area.on {
            On::First => (devices.next(), "no-device"),
            On::Coherent => (devices.find(|node| node.coherent), "no-coherent-device"),
            On::NonCoherent => (devices.find(|node| !node.coherent), "no-noncoherent-device"),
        };
        let node = *found.ok_or(Trouble::Skip(missing))?;
        if area.number == uapi::AREA_CARVEOUT && !node.carveout {
            return Err(Trouble::Skip("no-carveout"));
        }
        self.node = node;
        match self.has_less(area.number) {
            true => Err(Trouble::Skip("area-too-small")),
            false => Ok(()),
        }
    }

    /// True if the device has less of an area than the others: what its DMA takes at once,
    /// or its carve-out has, may be less.
    pub fn has_less(&self, number: u32) -> bool {
        let size = || {
            let device = Device::open(self.path(), Access::Read).ok()?;
            device.describe(number).ok().map(|area| area.size)
        };
        let less = 1..self.area_bytes() as u64;
        matches!(number, uapi::AREA_STREAMING | uapi::AREA_CARVEOUT)
            && size().is_some_and(|size| less.contains(&size))
    }

    /// Numbers of the areas that the device has.
    pub fn areas(&self) -> core::ops::Range<u32> {
        0..uapi::AREAS - u32::from(!self.node.carveout)
    }

    /// The same without those of which it has less than of the others.
    pub fn whole_areas(&self) -> impl Iterator<Item = u32> {
        self.areas().filter(|&number| !self.has_less(number))
    }

    /// The memory type that is right for `area`; `asked_for` is for the carve-out.
    pub fn expected(&self, area: u32, asked_for: u32) -> Expected {
        expected(
            area,
            self.node.coherent,
            asked_for,
            self.platform.expresses_types,
            ARCHITECTURE.tells_device_from_strongly_ordered,
        )
    }

    /// Path of the device node; of none, for an instance that cannot be.
    pub fn path(&self) -> &'static CStr {
        let path = NODES.get(self.node.instance).copied();
        path.unwrap_or(c"/dev/mmap_areas")
    }

    /// Size of an area, in bytes.
    pub fn area_bytes(&self) -> usize {
        self.pages * sys::page_size()
    }

    /// File offset at which the mappings of `area` start.
    pub fn offset(&self, area: Area) -> u64 {
        u64::from(area.number) * self.area_bytes() as u64
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
        Device::open(self.path(), access).or_fail("open")
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
        self.map_part(device, area, self.pages)
    }

    /// Maps the first `pages` pages of `area`, which must be there.
    ///
    /// # Errors
    /// A failure of the check that asks.
    pub fn map_part(&self, device: &Device, area: Area, pages: usize) -> Result<Mapping, Trouble> {
        let length = pages * sys::page_size();
        let mapping = device.map(self.offset(area), length, Protection::ReadWrite);
        let mapping = mapping.or_fail("mmap")?;
        mapping.touch().or_fail("touch")?;
        Ok(mapping)
    }

    /// FILL for the whole of `area`.
    pub fn whole_fill(&self, area: Area, pattern: u32, salt: u32) -> uapi::Fill {
        uapi::Fill {
            area: area.number,
            pattern,
            length: self.area_bytes() as u64,
            salt,
            ..uapi::Fill::default()
        }
    }

    /// CHECK of the whole of `area` for the address pattern.
    pub fn whole_check(&self, area: Area, salt: u32) -> uapi::Check {
        uapi::Check {
            area: area.number,
            pattern: uapi::PATTERN_ADDRESS,
            length: self.area_bytes() as u64,
            salt,
            ..uapi::Check::default()
        }
    }

    /// Has the kernel fill the whole of `area` with the address pattern.
    ///
    /// # Errors
    /// A failure of the check that asks.
    pub fn fill(&self, device: &Device, area: Area, salt: u32) -> Result<(), Trouble> {
        device
            .fill(self.whole_fill(area, uapi::PATTERN_ADDRESS, salt))
            .or_fail("fill")
    }

    /// Loads the module for areas of `pages` pages.
    ///
    /// # Errors
    /// As `finit_module(2)`; `EPERM` if the module is not the verifier's.
    pub fn load(&self, pages: usize) -> Result<(), Errno> {
        let mut parameters = Text::new();
        let written = match self.fault.module {
            0 => write!(parameters, "npages={pages}\0"),
            fault => write!(parameters, "npages={pages} fault={fault}\0"),
        };
        written.map_err(|_full| Errno::OVERFLOW)?;
        let parameters = CStr::from_bytes_with_nul(parameters.as_bytes());
        let file = self.module.ok_or(Errno::PERM)?;
        sys::load_module(file, parameters.map_err(|_nul| Errno::INVAL)?)?;
        self.fault.after_load();
        Ok(())
    }

    /// Unloads the module; one that is not loaded is no error.
    ///
    /// # Errors
    /// As `delete_module(2)`: `EWOULDBLOCK` if it stays in use.
    pub fn unload(&self) -> Result<(), Errno> {
        let deadline = sys::now().saturating_add(UNLOAD_TIMEOUT);
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
        self.load(self.pages)?;
        self.busy.say();
        Ok(())
    }
}
