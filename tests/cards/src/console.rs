//! Whether a kernel has a driver for all that a board's console needs.
//!
//! The walk begins at the UART of `stdout-path`, the timers, the interrupt controllers and
//! caches of the CPUs, what starts the CPUs, and our own devices, and goes on to all that
//! these need, and what those need. Each must have a driver, and Linux must make a device
//! of it: of a node that is in no bus it makes none.
//!
//! What this does not see: whether the driver that a node has serves in the way that the
//! other node asks for, a reset for instance.

use std::collections::HashSet;

use crate::kernel::{Kernel, Kind, Table};
use crate::problem::{Fault, Problem};
use crate::supply::{Supply, is_registers, supplies};
use crate::tree::{Id, ROOT, Tree};

/// What was found on the way.
#[derive(Debug, Default)]
pub struct Walk {
    /// The nodes with a driver, and what drives them.
    pub driven: Vec<(String, Table)>,
    /// Why the console would stay silent, or the kernel not run as it should.
    pub problems: Vec<Problem>,
}

/// What a node is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Role {
    /// It has to work.
    Device,
    /// Its children have to become devices.
    Bus,
    /// Another driver uses its registers.
    Registers,
    /// It is a cache that has been looked at.
    Cache,
}

impl Role {
    fn is_served_by(self, kind: Kind) -> bool {
        match kind {
            Kind::Driver | Kind::Amba => matches!(self, Self::Device | Self::Bus),
            Kind::Bus => self == Self::Bus,
            Kind::Syscon => self == Self::Registers,
            Kind::CpuMethod => false,
            _ => self == Self::Device,
        }
    }
}

struct Walker<'a> {
    tree: &'a Tree,
    kernel: &'a Kernel,
    seen: HashSet<(Id, Role)>,
    walk: Walk,
}

/// Looks for all that the console of the board with this device tree needs in `kernel`.
pub fn walk(tree: &Tree, kernel: &Kernel) -> Walk {
    let mut walker = Walker {
        tree,
        kernel,
        seen: HashSet::new(),
        walk: Walk::default(),
    };
    walker.console();
    walker.timers();
    walker.cpus();
    walker.own_devices();
    walker.walk
}

impl Walker<'_> {
    fn fail(&mut self, path: &[String], fault: Fault) {
        self.walk.problems.push(Problem {
            fault,
            path: path.to_owned(),
        });
    }

    fn console(&mut self) {
        let path = ["/chosen".to_owned(), "stdout-path".to_owned()];
        let chosen = self.tree.find("/chosen");
        let text = chosen.and_then(|chosen| self.tree.text(chosen, "stdout-path"));
        match text.and_then(|text| self.tree.resolve(text)) {
            Some(uart) => self.need(uart, Role::Device, &path),
            None => self.fail(
                &path,
                Fault::NoNode(text.unwrap_or("of the console").into()),
            ),
        }
    }

    /// The CPU's own timer is at the root and has no address; where there is none, as on
    /// RISC-V, it is any that the kernel knows, and a CPU node can be one.
    fn timers(&mut self) {
        let mut timers: Vec<Id> = self.tree.children(ROOT).collect();
        timers.retain(|&node| self.tree.name(node) == "timer" && self.tree.available(node));
        if timers.is_empty() {
            let is_known = |&node: &Id| {
                let compatible = self.tree.compatible(node);
                let mut tables = self.kernel.matching(&compatible);
                self.tree.available(node) && tables.any(|table| table.kind == Kind::Timer)
            };
            timers = self.tree.nodes().filter(is_known).collect();
        }
        if timers.is_empty() {
            self.fail(&["timer".into()], Fault::NoTimer);
        }
        for timer in timers {
            self.need(timer, Role::Device, &["timer".into()]);
        }
    }

    fn cpus(&mut self) {
        let Some(cpus) = self.tree.find("/cpus") else {
            return;
        };
        let is_cpu = |&node: &Id| {
            self.tree.text(node, "device_type") == Some("cpu") && self.tree.available(node)
        };
        let each: Vec<Id> = self.tree.children(cpus).filter(is_cpu).collect();
        for cpu in each {
            let path = [self.tree.path(cpu).to_owned()];
            for child in self.tree.children(cpu) {
                if self.tree.value(child, "interrupt-controller").is_some() {
                    self.need(child, Role::Device, &path);
                }
            }
            self.cache(cpu, &path);
            if let Some(method) = self.tree.text(cpu, "enable-method") {
                self.method(method, &path);
            }
        }
    }

    /// Caches that are only described need no driver.
    fn cache(&mut self, of: Id, path: &[String]) {
        let Some(phandle) = self.tree.cell(of, "next-level-cache") else {
            return;
        };
        let path = extended(path, "next-level-cache");
        let Some(cache) = self.tree.phandle(phandle) else {
            return self.fail(&path, no_node(phandle));
        };
        if self.tree.compatible(cache) != ["cache"] {
            self.need(cache, Role::Device, &path);
        }
        if self.seen.insert((cache, Role::Cache)) {
            self.cache(cache, &extended(&path, self.tree.path(cache)));
        }
    }

    fn method(&mut self, method: &str, path: &[String]) {
        let path = extended(path, "enable-method");
        let is_method = |table: &Table| table.kind == Kind::CpuMethod;
        if !self.kernel.matching(&[method]).any(is_method) {
            self.fail(&path, Fault::NoMethod(method.to_owned()));
        }
        if method == "psci" {
            let mut nodes = ["/psci", "/firmware/psci"].iter();
            match nodes.find_map(|path| self.tree.find(path)) {
                Some(psci) => self.need(psci, Role::Device, &path),
                None => self.fail(&path, Fault::NoNode("/psci".into())),
            }
        }
    }

    /// Their driver is in the module, and needs what they say.
    fn own_devices(&mut self) {
        let is_ours = |&node: &Id| self.tree.compatible(node) == ["board-check,mmap-areas"];
        let ours: Vec<Id> = self.tree.nodes().filter(is_ours).collect();
        for node in ours {
            let path = [self.tree.path(node).to_owned()];
            self.buses(node, &path);
            self.supplies(node, &path);
        }
    }

    /// Looks at a node, or at the device that it is a part of, and at all that it needs.
    fn need(&mut self, node: Id, role: Role, path: &[String]) {
        let mut path = extended(path, self.tree.path(node));
        let mut around = self.tree.lineage(node).filter(|&node| node != ROOT);
        // A pin group is its pin controller's.
        let Some(device) = around.find(|&node| !self.tree.compatible(node).is_empty()) else {
            // Reserved memory is Linux' own if it is not said whose it is.
            if !self.tree.path(node).starts_with("/reserved-memory/") {
                self.fail(&path, Fault::NoDriver(Vec::new()));
            }
            return;
        };
        if !self.seen.insert((device, role)) {
            return;
        }
        if device != node {
            path = extended(&extended(&path, "in"), self.tree.path(device));
        }
        if !self.tree.available(device) {
            return self.fail(&path, Fault::Disabled);
        }
        let names = self.tree.compatible(device);
        let tables = self.tables(device, &names);
        let serves = |role: Role| tables.iter().find(|table| role.is_served_by(table.kind));
        let lacks_registers = names.contains(&"syscon") && serves(Role::Registers).is_none();
        let driver = serves(role).filter(|_| !lacks_registers);
        match driver {
            Some(driver) => {
                // A bus of registers that are shared needs both.
                let registers = tables.iter().filter(|table| table.kind == Kind::Syscon);
                let path = self.tree.path(device);
                let driven = registers.chain([driver]);
                let driven = driven.map(|table| (path.to_owned(), table.clone()));
                self.walk.driven.extend(driven);
            }
            None => {
                let compatible = names.iter().map(|&name| name.to_owned()).collect();
                self.fail(&path, Fault::NoDriver(compatible));
            }
        }
        if role == Role::Registers {
            return;
        }
        // What is there before any device needs no bus.
        if driver.is_some_and(|driver| driver.kind.is_device()) {
            self.buses(device, &path);
        }
        // Also of what has no driver: one look is to show all that is missing.
        self.supplies(device, &path);
    }

    /// What in the kernel is for a device.
    fn tables(&self, device: Id, names: &[&str]) -> Vec<Table> {
        let mut tables: Vec<Table> = self.kernel.matching(names).cloned().collect();
        if names.contains(&"arm,primecell") {
            let id = amba_id(self.tree.cell(device, "arm,primecell-periphid"), names);
            tables.extend(id.into_iter().flat_map(|id| self.kernel.amba(id)).cloned());
        }
        tables
    }

    /// Linux makes devices of the nodes at the root, in the folder of the firmware, and in
    /// what it has as a bus.
    fn buses(&mut self, device: Id, path: &[String]) {
        let around: Vec<Id> = self.tree.lineage(device).skip(1).collect();
        for bus in around {
            if bus == ROOT || self.tree.path(bus) == "/firmware" {
                return;
            }
            if self.tree.compatible(bus).is_empty() {
                let bus = self.tree.path(bus).to_owned();
                return self.fail(path, Fault::NoDevice(bus));
            }
            self.need(bus, Role::Bus, &extended(path, "in"));
        }
    }

    /// What a CPU needs besides is for the drivers that save power.
    fn supplies(&mut self, device: Id, path: &[String]) {
        if self.tree.text(device, "device_type") == Some("cpu") {
            return;
        }
        for Supply { property, node } in supplies(self.tree, device) {
            let path = extended(path, &property);
            match node {
                Err(phandle) => self.fail(&path, no_node(phandle)),
                // Linux waits for nothing that is switched off.
                Ok(node) if !self.tree.available(node) => {}
                Ok(node) if is_registers(&property) => self.need(node, Role::Registers, &path),
                Ok(node) => self.need(node, Role::Device, &path),
            }
        }
    }
}

fn extended(path: &[String], step: &str) -> Vec<String> {
    path.iter().cloned().chain([step.to_owned()]).collect()
}

fn no_node(phandle: u32) -> Fault {
    Fault::NoNode(format!("with the phandle {phandle:#x}"))
}

/// The number in the identification registers: the board may say it, else it is in the
/// name of ARM's own devices: ARM is designer 0x41, and `arm,pl011` is part 0x011.
fn amba_id(said: Option<u32>, names: &[&str]) -> Option<u32> {
    let part = |name: &&str| u32::from_str_radix(name.strip_prefix("arm,pl")?, 16).ok();
    said.or_else(|| Some(0x41 << 12 | names.iter().find_map(part)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::source;

    /// A SoC whose UART needs a clock in another device, a reset, pins and interrupts.
    const SOC: &str = r#"/dts-v1/;
        / {
            compatible = "acme,board";
            interrupt-parent = <&gic>;
            aliases { serial0 = "/soc/serial@100"; };
            chosen { stdout-path = "serial0:115200n8"; };
            osc: oscillator { compatible = "fixed-clock"; #clock-cells = <0>; };
            timer { compatible = "arm,armv8-timer"; };
            gic: interrupt-controller {
                compatible = "arm,gic-400"; interrupt-controller; #interrupt-cells = <1>;
            };
            soc {
                compatible = "acme,soc", "simple-bus";
                serial@100 {
                    compatible = "acme,uart", "ns16550a";
                    interrupts = <4>;
                    clocks = <&crg 1>, <0>;
                    pinctrl-names = "default";
                    pinctrl-0 = <&uart_pins>;
                    iommus = <&iommu>;
                };
                crg: clock-controller@200 {
                    compatible = "acme,crg"; #clock-cells = <1>; clocks = <&pll>, <&off>;
                };
                syscon@300 {
                    compatible = "acme,syscon", "syscon", "simple-mfd";
                    pll: pll { compatible = "acme,pll"; #clock-cells = <0>; clocks = <&osc>; };
                };
                pinctrl@400 { compatible = "acme,pinctrl"; uart_pins: uart { }; };
                iommu: iommu@500 { compatible = "acme,iommu"; };
                off: clock@600 { compatible = "acme,off"; #clock-cells = <0>; status = "disabled"; };
            };
        };"#;

    fn kernel() -> Kernel {
        Kernel::of(&[
            (Kind::Clock, "fixed-clock"),
            (Kind::InterruptController, "arm,gic-400"),
            (Kind::Timer, "arm,armv8-timer"),
            (Kind::Bus, "simple-bus"),
            (Kind::Bus, "simple-mfd"),
            (Kind::Syscon, "syscon"),
            (Kind::Driver, "ns16550a"),
            (Kind::Driver, "acme,crg"),
            (Kind::Driver, "acme,pll"),
            (Kind::Driver, "acme,pinctrl"),
        ])
    }

    fn problems(source_text: &str, kernel: &Kernel) -> Vec<String> {
        let found = walk(&source(source_text), kernel).problems;
        found.iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_kernel_with_all_that_is_needed_has_no_problem() {
        assert_eq!(problems(SOC, &kernel()), [""; 0]);
    }

    #[test]
    fn each_thing_that_the_kernel_lacks_is_named_with_the_way_to_it() {
        let way = "/chosen → stdout-path → /soc/serial@100";
        let pll = "clocks → /soc/clock-controller@200 → clocks → /soc/syscon@300/pll";
        for (lacks, problem) in [
            (
                "ns16550a",
                format!(
                    "/soc/serial@100: the kernel has no driver for acme,uart or ns16550a ({way})."
                ),
            ),
            (
                "acme,crg",
                format!(
                    "/soc/clock-controller@200: the kernel has no driver for acme,crg ({way} → clocks → /soc/clock-controller@200)."
                ),
            ),
            (
                "acme,pll",
                format!(
                    "/soc/syscon@300/pll: the kernel has no driver for acme,pll ({way} → {pll})."
                ),
            ),
            (
                "fixed-clock",
                format!(
                    "/oscillator: the kernel has no driver for fixed-clock ({way} → {pll} → clocks → /oscillator)."
                ),
            ),
            (
                "syscon",
                format!(
                    "/soc/syscon@300: the kernel has no driver for acme,syscon or syscon or simple-mfd ({way} → {pll} → in → /soc/syscon@300)."
                ),
            ),
            (
                "acme,pinctrl",
                format!(
                    "/soc/pinctrl@400: the kernel has no driver for acme,pinctrl ({way} → pinctrl-0 → /soc/pinctrl@400/uart → in → /soc/pinctrl@400)."
                ),
            ),
            (
                "arm,gic-400",
                format!(
                    "/interrupt-controller: the kernel has no driver for arm,gic-400 ({way} → interrupts → /interrupt-controller)."
                ),
            ),
            (
                "simple-bus",
                format!(
                    "/soc: the kernel has no driver for acme,soc or simple-bus ({way} → in → /soc)."
                ),
            ),
        ] {
            let kernel = kernel().without(|table| table.entries == [lacks]);
            assert_eq!(problems(SOC, &kernel), [problem]);
        }
        let kernel = kernel().without(|table| table.kind == Kind::Timer);
        let timer = "/timer: the kernel has no driver for arm,armv8-timer (timer → /timer).";
        assert_eq!(problems(SOC, &kernel), [timer]);
    }

    #[test]
    fn trees_that_no_kernel_can_use() {
        let way = "/chosen → stdout-path → /soc/serial@100";
        for (old, new, problem) in [
            (
                "serial0:115200n8",
                "serial1",
                "/chosen: there is no node serial1 (/chosen → stdout-path).".into(),
            ),
            (
                "\"acme,uart\", \"ns16550a\";",
                "\"ns16550a\"; status = \"fail\";",
                format!("/soc/serial@100: it is needed, and its status is not okay ({way})."),
            ),
            (
                "compatible = \"acme,soc\", \"simple-bus\";",
                "",
                format!(
                    "/soc/serial@100: Linux makes no device of it, because /soc is no bus ({way})."
                ),
            ),
            (
                "<&crg 1>",
                "<0x77 1>",
                format!(
                    "/soc/serial@100: there is no node with the phandle 0x77 ({way} → clocks)."
                ),
            ),
        ] {
            let found = problems(&SOC.replacen(old, new, 1), &kernel());
            assert_eq!(found.first(), Some(&problem));
        }
    }

    #[test]
    fn cpus_need_a_way_to_start_and_what_counts_their_interrupts() {
        let text = r#"/dts-v1/;
            / {
                chosen { stdout-path = "/serial"; };
                serial { compatible = "ns16550a"; };
                psci { compatible = "arm,psci-1.0"; };
                cpus {
                    cpu@0 {
                        device_type = "cpu";
                        compatible = "riscv";
                        enable-method = "psci";
                        next-level-cache = <&l2>;
                        cpu-supply = <&pmic>;
                        interrupt-controller { compatible = "riscv,cpu-intc"; interrupt-controller; };
                    };
                };
                l2: cache { compatible = "cache"; next-level-cache = <&l3>; };
                l3: cache-controller { compatible = "acme,ccache", "cache"; };
                pmic: pmic { compatible = "acme,pmic"; };
            };"#;
        let kernel = Kernel::of(&[
            (Kind::Driver, "ns16550a"),
            (Kind::Psci, "arm,psci-1.0"),
            (Kind::CpuMethod, "psci"),
            (Kind::Timer, "riscv"),
            (Kind::InterruptController, "riscv,cpu-intc"),
            (Kind::Driver, "acme,ccache"),
        ]);
        assert_eq!(problems(text, &kernel), [""; 0]);
        for (kind, problem) in [
            (
                Kind::Psci,
                "/psci: the kernel has no driver for arm,psci-1.0 (/cpus/cpu@0 → enable-method → /psci).",
            ),
            (
                Kind::CpuMethod,
                "/cpus/cpu@0: the kernel cannot start CPUs by psci (/cpus/cpu@0 → enable-method).",
            ),
            (
                Kind::Timer,
                "the kernel knows no timer of this board (timer).",
            ),
            (
                Kind::InterruptController,
                "/cpus/cpu@0/interrupt-controller: the kernel has no driver for riscv,cpu-intc (/cpus/cpu@0 → /cpus/cpu@0/interrupt-controller).",
            ),
        ] {
            assert_eq!(
                problems(text, &kernel.without(|table| table.kind == kind)),
                [problem]
            );
        }
        let kernel = kernel.without(|table| table.entries == ["acme,ccache"]);
        let problem = "/cache-controller: the kernel has no driver for acme,ccache or cache (/cpus/cpu@0 → next-level-cache → /cache → next-level-cache → /cache-controller).";
        assert_eq!(problems(text, &kernel), [problem]);
    }

    #[test]
    fn devices_of_arm_are_known_by_their_number() {
        let text = r#"/dts-v1/;
            / {
                chosen { stdout-path = "/serial"; };
                timer { compatible = "arm,armv8-timer"; };
                serial { compatible = "arm,pl011", "arm,primecell"; };
            };"#;
        let kernel = Kernel::of(&[(Kind::Timer, "arm,armv8-timer"), (Kind::Amba, "???41011")]);
        assert_eq!(problems(text, &kernel), [""; 0]);
        for other in ["arm,pl010", "acme,pl011"] {
            assert_eq!(
                problems(&text.replace("arm,pl011", other), &kernel).len(),
                1
            );
        }
        let said = "\"arm,primecell\"; arm,primecell-periphid = <0x00241022>;";
        assert_eq!(
            problems(&text.replace("\"arm,primecell\";", said), &kernel).len(),
            1
        );
    }
}
