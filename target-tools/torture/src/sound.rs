//! Whether the devices are as they were when the module was loaded: all areas there, of
//! their size, and with the right contents both ways.

use core::cell::Cell;

use board_verify::bench::{Bench, NODES};
use board_verify::driver;
use board_verify::memory_type::is_asked_for;
use board_verify::platform::DEVICES_MAX;
use board_verify::sys::{self, Access, Device, Errno, Folder, Protection, page_size};
use board_verify::trouble::{Checked, OrFail, Trouble, expect_figure, expect_refusal};
use board_verify::uapi::{self, NOTHING_BAD, address_word};

use board_check_protocol::Text;

/// A device, as it was at first.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its number: which of [`NODES`].
    pub instance: usize,
    /// Its name in the folder of its driver.
    pub name: Text,
    /// Size of each area, in bytes; 0 for one that it does not have.
    pub sizes: [usize; uapi::AREAS as usize],
    /// Memory type that mappings of each area must have; unknown for the carve-out, whose
    /// type is asked for.
    pub types: [u32; uapi::AREAS as usize],
    /// Who plays the device, `DEVICE_END_*`.
    pub device_end: u32,
}

impl Known {
    /// Opens it.
    ///
    /// # Errors
    /// A failure, in words.
    pub fn open(&self) -> Result<Device, Trouble> {
        Device::open(NODES[self.instance], Access::ReadWrite).or_fail("open")
    }

    /// Numbers of the areas that it has.
    pub fn areas(&self) -> impl Iterator<Item = u32> + use<> {
        let sizes = self.sizes;
        (0..uapi::AREAS).filter(move |&area| sizes[area as usize] > 0)
    }
}

/// TRANSLATE of an area's address in the kernel. That high memory, which ARM has, has no place
/// in the kernel's map of all memory is no error.
///
/// # Errors
/// As `uapi.rs` lists them.
pub fn translate_kernel(device: &Device, area: u32, side: u32, offset: u64) -> Result<(), Errno> {
    let may_be_high = cfg!(target_arch = "arm")
        && side == uapi::SIDE_LINEAR
        && [uapi::AREA_VMALLOC, uapi::AREA_COHERENT, uapi::AREA_WC].contains(&area);
    match device.translate(area, side, offset) {
        Err(Errno::OPNOTSUPP) if may_be_high => Ok(()),
        answer => answer.map(drop),
    }
}

/// All devices.
#[derive(Clone, Debug)]
pub struct Sound {
    /// The devices, the first instance first.
    pub devices: heapless::Vec<Known, DEVICES_MAX>,
    stride: usize,
    salt: Cell<u32>,
}

impl Sound {
    /// Looks at the devices of a module that was just loaded.
    ///
    /// # Errors
    /// What is not as board and parameters say.
    pub fn look(bench: &Bench) -> Result<Self, Trouble> {
        let mut devices = heapless::Vec::new();
        for node in &bench.platform.devices {
            let mut on_it = bench.clone();
            on_it.node = *node;
            let device = Device::open(NODES[node.instance], Access::ReadWrite).or_fail("open")?;
            let mut known = Known {
                instance: node.instance,
                // A folder is read through once.
                name: driver::bound_device(&driver::folder()?, node.instance)?,
                sizes: [0; uapi::AREAS as usize],
                types: [uapi::TYPE_UNKNOWN; uapi::AREAS as usize],
                device_end: uapi::DEVICE_END_NONE,
            };
            for area in 0..uapi::AREAS {
                let described = device.describe(area).or_fail("describe")?;
                known.sizes[area as usize] = usize::try_from(described.size).unwrap_or(0);
                if !is_asked_for(area) {
                    let expected = on_it.expected(area, uapi::TYPE_WRITE_BACK);
                    known.types[area as usize] = expected.granted;
                }
                if area == uapi::AREA_STREAMING {
                    known.device_end = described.device_end;
                }
                let has_it = area != uapi::AREA_CARVEOUT || node.carveout;
                expect_figure("has-area", has_it.into(), (described.size > 0).into())?;
            }
            // There is room for as many as the platform has.
            let _ = devices.push(known);
        }
        Ok(Self {
            devices,
            stride: bench.area_bytes(),
            salt: Cell::new(0),
        })
    }

    /// File offset at which the mappings of `area` start.
    pub fn offset(&self, area: u32) -> u64 {
        u64::from(area) * self.stride as u64
    }

    /// A salt that was not used before.
    pub fn salt(&self) -> u32 {
        self.salt.set(self.salt.get().wrapping_add(1));
        self.salt.get()
    }

    /// Looks at all devices; `fresh` says that they must hold the seed pattern. Leaves it
    /// there.
    ///
    /// # Errors
    /// What is not as it was.
    pub fn all(&self, fresh: bool) -> Checked {
        self.devices
            .iter()
            .try_for_each(|device| self.one(device, fresh))
    }

    /// The same for one device.
    ///
    /// # Errors
    /// What is not as it was.
    pub fn one(&self, known: &Known, fresh: bool) -> Checked {
        let device = known.open()?;
        for area in 0..uapi::AREAS {
            let size = known.sizes[area as usize];
            let described = device.describe(area).or_fail("describe")?;
            expect_figure("size", size as u64, described.size)?;
            if size == 0 {
                continue;
            }
            if fresh {
                check(&device, area, uapi::PATTERN_SEED, size, 0, NOTHING_BAD)?;
            }
            self.both_ways(&device, area, size)?;
            fill(&device, area, uapi::PATTERN_SEED, size, 0)?;
        }
        if known.sizes[uapi::AREA_CARVEOUT as usize] > 0 {
            // Refused while a mapping of it is counted that is not there.
            for memory_type in [uapi::TYPE_NON_CACHED, uapi::TYPE_WRITE_BACK] {
                let requested = device.request(uapi::AREA_CARVEOUT, memory_type);
                requested.or_fail("request")?;
                let size = known.sizes[uapi::AREA_CARVEOUT as usize];
                check(
                    &device,
                    uapi::AREA_CARVEOUT,
                    uapi::PATTERN_SEED,
                    size,
                    0,
                    NOTHING_BAD,
                )?;
            }
        }
        Ok(())
    }

    /// User space reads what the kernel wrote in the first and the last word of each page, and
    /// the kernel what user space wrote in the last word.
    fn both_ways(&self, device: &Device, area: u32, size: usize) -> Checked {
        let salt = self.salt();
        fill(device, area, uapi::PATTERN_ADDRESS, size, salt)?;
        let mapping = device
            .map(self.offset(area), size, Protection::ReadWrite)
            .or_fail("mmap")?;
        mapping.touch().or_fail("touch")?;
        let words_per_page = page_size() / 4;
        for page in 0..size / page_size() {
            for index in [page * words_per_page, (page + 1) * words_per_page - 1] {
                let want = address_word(area, u32::try_from(index).unwrap_or(0), salt);
                expect_figure("word", want.into(), mapping.read(index).into())?;
            }
        }
        let last = mapping.words() - 1;
        mapping.write(last, !mapping.read(last));
        let at = last as u64 * 4;
        check(device, area, uapi::PATTERN_ADDRESS, size, salt, at)
    }

    /// Binds the devices that are not bound.
    ///
    /// # Errors
    /// That one cannot be bound.
    pub fn bind_all(&self) -> Checked {
        let folder = driver::folder()?;
        self.devices
            .iter()
            .try_for_each(|known| match sys::exists(NODES[known.instance]) {
                true => Ok(()),
                false => bind(&folder, known),
            })
    }
}

/// Binds a device.
///
/// # Errors
/// As sysfs says.
pub fn bind(folder: &Folder, known: &Known) -> Checked {
    folder.write(c"bind", known.name.as_bytes()).or_fail("bind")
}

/// Unbinds a device.
///
/// # Errors
/// As sysfs says.
pub fn unbind(folder: &Folder, known: &Known) -> Checked {
    let unbound = folder.write(c"unbind", known.name.as_bytes());
    unbound.or_fail("unbind")
}

/// FILL of the whole of an area of `size` bytes.
///
/// # Errors
/// As FILL.
pub fn fill(device: &Device, area: u32, pattern: u32, size: usize, salt: u32) -> Checked {
    let filled = device.fill(uapi::Fill {
        area,
        pattern,
        length: size as u64,
        salt,
        ..uapi::Fill::default()
    });
    filled.or_fail("fill")
}

/// CHECK of the whole of an area of `size` bytes, which must differ first at `bad`.
///
/// # Errors
/// As CHECK; another word differs first.
pub fn check(
    device: &Device,
    area: u32,
    pattern: u32,
    size: usize,
    salt: u32,
    bad: u64,
) -> Checked {
    let mut argument = uapi::Check {
        area,
        pattern,
        length: size as u64,
        salt,
        ..uapi::Check::default()
    };
    device.check(&mut argument).or_fail("check")?;
    expect_figure("bad-offset", bad, argument.bad_offset)
}

/// The module is loaded, and can be unloaded: nobody holds it.
///
/// # Errors
/// As `delete_module(2)`.
pub fn unload(bench: &Bench) -> Checked {
    bench.unload().or_fail("unload")
}

/// The module cannot be unloaded, as it is in use.
///
/// # Errors
/// It could be.
pub fn is_held(bench: &Bench) -> Checked {
    expect_refusal("unload", bench.try_unload(), sys::Errno::WOULDBLOCK)
}
