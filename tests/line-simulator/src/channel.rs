//! The lines and boards that are tried.

use crate::board::Accident;
use crate::noise::Noise;

/// Which checks the host asks for.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum Asked {
    /// A few, so that a million runs take minutes.
    #[default]
    Few,
    /// A hundred, with lines of 46 bytes on average.
    Hundred,
    /// All of the release.
    All,
}

impl Asked {
    /// For `--only`.
    pub(crate) fn only(self) -> Option<&'static str> {
        match self {
            Self::Few => Some("seed.*,bounds.*"),
            Self::Hundred => Some("*.vmalloc.*,*.kmalloc.*,*.wc.*,*.wc-nc.*,seed.*"),
            Self::All => None,
        }
    }
}

/// What the board's list of checks is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum List {
    /// That of this release.
    #[default]
    Ours,
    /// Another one, and the board says so.
    Other,
    /// One check less than it says.
    Shorter,
}

/// One kind of line and board.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Channel {
    pub(crate) name: &'static str,
    /// No check fails. Else one does.
    pub(crate) passes: bool,
    pub(crate) asked: Asked,
    /// Both directions.
    pub(crate) noise: Noise,
    /// Share of the board's writes that a kernel message cuts in two.
    pub(crate) printk: f64,
    /// Kernel messages have no timestamps.
    pub(crate) no_stamps: bool,
    /// Boot text comes first.
    pub(crate) boot_text: bool,
    /// The line gives back what the host sends.
    pub(crate) echo: bool,
    /// An earlier run, in which all passed, lies in a buffer.
    pub(crate) stale: bool,
    /// Share of the writes before which the next line of an earlier run comes.
    pub(crate) stale_lines: f64,
    /// The first request arrives with one bit flipped.
    pub(crate) spoilt_request: bool,
    /// Another host asks for a run of its own.
    pub(crate) other_host: bool,
    /// The board has begun a run by itself.
    pub(crate) self_run: bool,
    pub(crate) list: List,
    pub(crate) accident: Option<Accident>,
    /// Each record of the failure, and each end, comes as if it had passed, with a CRC of
    /// random digits.
    pub(crate) forged: bool,
}

impl Channel {
    /// A PASS can be true.
    pub(crate) fn may_pass(&self) -> bool {
        self.passes && self.accident.is_none() && self.list == List::Ours
    }

    /// Every byte arrives as it was sent, and nothing else does: the verdict must be
    /// exactly the truth.
    pub(crate) fn is_clean(&self) -> bool {
        let Noise {
            flips,
            lost,
            inserted,
            bursts,
            duplicated,
            reordered,
        } = self.noise;
        let noise = flips + lost + inserted + bursts + duplicated + reordered;
        let others = self.other_host || self.spoilt_request || self.forged;
        noise + self.printk + self.stale_lines == 0.0 && !others
    }
}

fn channel(name: &'static str) -> Channel {
    Channel {
        name,
        ..Channel::default()
    }
}

fn noisy(name: &'static str, noise: Noise) -> Channel {
    Channel {
        noise,
        ..channel(name)
    }
}

fn flips(flips: f64) -> Noise {
    Noise {
        flips,
        ..Noise::default()
    }
}

/// All channels in which a check fails, and some in which none does.
pub(crate) fn all() -> Vec<Channel> {
    let mut channels = failing();
    let also_pass = [
        "clean",
        "clean, 235 checks",
        "boot text first",
        "echo",
        "flips 1e-3",
        "flips 1e-2",
        "kernel messages, 20 %",
        "kernel messages, 100 %",
        "reset",
        "oops",
        "another list",
        "a check left out",
        "all at once",
    ];
    let passing: Vec<Channel> = channels
        .iter()
        .filter(|channel| also_pass.contains(&channel.name))
        .map(|&channel| Channel {
            passes: true,
            ..channel
        })
        .collect();
    channels.extend(passing);
    channels
}

fn failing() -> Vec<Channel> {
    let none = Noise::default();
    vec![
        channel("clean"),
        Channel {
            asked: Asked::All,
            ..channel("clean, 235 checks")
        },
        Channel {
            boot_text: true,
            ..channel("boot text first")
        },
        Channel {
            echo: true,
            ..channel("echo")
        },
        noisy("flips 1e-4", flips(1e-4)),
        noisy("flips 1e-3", flips(1e-3)),
        noisy("flips 1e-2", flips(1e-2)),
        noisy("flips 3e-2", flips(3e-2)),
        Channel {
            asked: Asked::Hundred,
            ..noisy("flips 1e-2, 100 checks", flips(1e-2))
        },
        Channel {
            asked: Asked::All,
            ..noisy("flips 1e-3, 235 checks", flips(1e-3))
        },
        Channel {
            asked: Asked::All,
            ..noisy("flips 1e-2, 235 checks", flips(1e-2))
        },
        noisy("lost bytes 1e-2", Noise { lost: 1e-2, ..none }),
        noisy(
            "inserted bytes 1e-2",
            Noise {
                inserted: 1e-2,
                ..none
            },
        ),
        noisy(
            "bursts",
            Noise {
                bursts: 1e-3,
                ..none
            },
        ),
        noisy(
            "pieces twice",
            Noise {
                duplicated: 0.05,
                ..none
            },
        ),
        noisy(
            "pieces swapped",
            Noise {
                reordered: 0.05,
                ..none
            },
        ),
        Channel {
            printk: 0.05,
            ..channel("kernel messages, 5 %")
        },
        Channel {
            printk: 0.2,
            ..channel("kernel messages, 20 %")
        },
        Channel {
            printk: 1.0,
            ..channel("kernel messages, 100 %")
        },
        Channel {
            printk: 0.2,
            no_stamps: true,
            ..channel("kernel messages, no stamps")
        },
        Channel {
            stale: true,
            ..channel("an earlier run in a buffer")
        },
        Channel {
            stale_lines: 0.3,
            ..channel("lines of an earlier run")
        },
        Channel {
            spoilt_request: true,
            ..channel("a spoilt request")
        },
        Channel {
            other_host: true,
            ..channel("another host")
        },
        Channel {
            self_run: true,
            ..channel("the board's own run")
        },
        Channel {
            list: List::Other,
            ..channel("another list")
        },
        Channel {
            list: List::Shorter,
            ..channel("a check left out")
        },
        Channel {
            accident: Some(Accident::Reset),
            ..channel("reset")
        },
        Channel {
            accident: Some(Accident::Oops),
            ..channel("oops")
        },
        Channel {
            accident: Some(Accident::Panic),
            ..channel("panic")
        },
        Channel {
            accident: Some(Accident::Reset),
            ..noisy("reset, flips 1e-3", flips(1e-3))
        },
        Channel {
            accident: Some(Accident::Oops),
            printk: 0.2,
            ..noisy("oops, flips 1e-2, messages", flips(1e-2))
        },
        Channel {
            forged: true,
            ..channel("forged records")
        },
        Channel {
            noise: Noise {
                flips: 1e-3,
                lost: 1e-3,
                inserted: 1e-3,
                bursts: 1e-4,
                duplicated: 0.01,
                reordered: 0.01,
            },
            printk: 0.1,
            boot_text: true,
            echo: true,
            stale: true,
            stale_lines: 0.05,
            spoilt_request: true,
            other_host: true,
            ..channel("all at once")
        },
    ]
}
