//! Which nodes a node needs before its driver can start.
//!
//! Linux does not call the driver of a device before the devices that supply it have
//! theirs (fw_devlink), and a driver that asks for a clock that is not there yet is put
//! off. So a supplier without a driver silences all that it supplies.

use crate::tree::{Id, Tree};

/// One node that another one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supply {
    /// The property that says so.
    pub property: String,
    /// The node that is needed, or the phandle that no node has.
    pub node: Result<Id, u32>,
}

/// `of_supplier_bindings` in Linux' drivers/of/property.c, by the property's name. Missing
/// are those that it calls optional: iommus, iommu-map and dmas. A driver of a UART does
/// without DMA.
const LISTS: [(&str, Option<&str>); 23] = [
    ("clocks", Some("#clock-cells")),
    ("interconnects", Some("#interconnect-cells")),
    ("mboxes", Some("#mbox-cells")),
    ("io-channels", Some("#io-channel-cells")),
    ("io-backends", Some("#io-backend-cells")),
    ("power-domains", Some("#power-domain-cells")),
    ("hwlocks", Some("#hwlock-cells")),
    ("extcon", None),
    ("nvmem-cells", Some("#nvmem-cell-cells")),
    ("phys", Some("#phy-cells")),
    ("wakeup-parent", None),
    ("pwms", Some("#pwm-cells")),
    ("resets", Some("#reset-cells")),
    ("leds", None),
    ("backlight", None),
    ("panel", None),
    ("msi-parent", Some("#msi-cells")),
    ("power-supplies", None),
    ("mmc-pwrseq", None),
    ("access-controllers", Some("#access-controller-cells")),
    // These are not in the kernel's list, but no driver starts without them.
    ("assigned-clocks", Some("#clock-cells")),
    ("assigned-clock-parents", Some("#clock-cells")),
    ("memory-region", None),
];

/// Registers of another node that a driver takes by phandle. Linux has no list of them.
const REGISTERS: [&str; 4] = ["rockchip,grf", "rockchip,pmu", "regmap", "syscon"];

/// Whether the property says whose registers the node's driver uses.
pub(crate) fn is_registers(property: &str) -> bool {
    REGISTERS.contains(&property)
}

/// What `node` needs, in the order of its properties.
pub fn supplies(tree: &Tree, node: Id) -> Vec<Supply> {
    let mut supplies = Vec::new();
    for property in tree.properties(node) {
        let targets = match property {
            "interrupts" => interrupts(tree, node),
            "interrupts-extended" => list(tree, node, property, Some("#interrupt-cells")),
            "interrupt-map" => interrupt_map(tree, node),
            _ => match cells_of(property) {
                Some(cells) => list(tree, node, property, cells),
                None => continue,
            },
        };
        supplies.extend(targets.into_iter().map(|node| Supply {
            property: property.to_owned(),
            node,
        }));
    }
    supplies
}

/// The property that says how many cells follow each phandle in a list of suppliers;
/// `None` if it is no such list.
fn cells_of(property: &str) -> Option<Option<&'static str>> {
    if let Some((_, cells)) = LISTS.iter().find(|(name, _)| *name == property) {
        return Some(*cells);
    }
    let is_gpio = property.ends_with("-gpio") || property.ends_with("-gpios");
    if is_gpio && !property.ends_with(",nr-gpios") {
        return Some(Some("#gpio-cells"));
    }
    let number = property.strip_prefix("pinctrl-");
    let is_pinctrl = number.is_some_and(|number| number.parse::<u32>().is_ok());
    let is_single = property.ends_with("-supply") || is_registers(property);
    (is_pinctrl || is_single).then_some(None)
}

/// The nodes of a list of phandles, each with as many cells behind it as its node says.
fn list(tree: &Tree, node: Id, property: &str, cells: Option<&str>) -> Vec<Result<Id, u32>> {
    let values = tree.cells(node, property);
    let mut targets = Vec::new();
    let mut at = 0;
    while let Some(&phandle) = values.get(at) {
        at += 1;
        // A place in the list that is left free.
        if phandle == 0 {
            continue;
        }
        let Some(target) = tree.phandle(phandle) else {
            targets.push(Err(phandle));
            break;
        };
        targets.push(Ok(target));
        let arguments = cells.and_then(|cells| tree.cell(target, cells));
        at += arguments.unwrap_or(0) as usize;
    }
    targets
}

/// The nodes of `interrupts`; it does not count where there is `interrupts-extended`.
fn interrupts(tree: &Tree, node: Id) -> Vec<Result<Id, u32>> {
    if tree.value(node, "interrupts-extended").is_some() {
        return Vec::new();
    }
    match interrupt_parent(tree, node) {
        // It sends each interrupt on to another node: any of those.
        Some(Ok(parent)) if tree.value(parent, "interrupt-controller").is_none() => {
            interrupt_map(tree, parent)
        }
        Some(parent) => vec![parent],
        None => Vec::new(),
    }
}

/// The node that `interrupts` of this one are of: the nearest `interrupt-parent`, or the
/// nearest node around it that takes interrupts.
fn interrupt_parent(tree: &Tree, node: Id) -> Option<Result<Id, u32>> {
    for around in tree.lineage(node) {
        if let Some(phandle) = tree.cell(around, "interrupt-parent") {
            return Some(tree.phandle(phandle).ok_or(phandle));
        }
        let parent = tree.parent(around)?;
        if tree.value(parent, "#interrupt-cells").is_some() {
            return Some(Ok(parent));
        }
    }
    None
}

/// The nodes that an interrupt map sends interrupts to. Each entry is the address and the
/// interrupt as the child says them, a phandle, and the same as that node says them.
fn interrupt_map(tree: &Tree, node: Id) -> Vec<Result<Id, u32>> {
    let cells = |node, name| tree.cell(node, name).unwrap_or(0) as usize;
    let child = cells(node, "#address-cells") + cells(node, "#interrupt-cells");
    let map = tree.cells(node, "interrupt-map");
    let mut targets = Vec::new();
    let mut at = child;
    while let Some(&phandle) = map.get(at) {
        let Some(target) = tree.phandle(phandle) else {
            targets.push(Err(phandle));
            break;
        };
        if !targets.contains(&Ok(target)) {
            targets.push(Ok(target));
        }
        let parent = cells(target, "#address-cells") + cells(target, "#interrupt-cells");
        at += 1 + parent + child;
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::source;

    /// What `/user` needs: `property path`, or the phandle that is none.
    fn needs(properties: &str) -> Vec<String> {
        let tree = source(&format!(
            "/dts-v1/; / {{
                #address-cells = <1>;
                interrupt-parent = <&gic>;
                gic: gic {{ interrupt-controller; #interrupt-cells = <3>; #address-cells = <2>; }};
                nexus: nexus {{
                    #interrupt-cells = <1>;
                    #address-cells = <1>;
                    interrupt-map = <0 1 &gic 0 0 0 1 4>, <0 2 &gic 0 0 0 2 4>, <0 3 &other 1>;
                }};
                other: other {{ interrupt-controller; #interrupt-cells = <1>; }};
                two: two {{ #clock-cells = <2>; #gpio-cells = <2>; }};
                zero: zero {{ #clock-cells = <0>; }};
                user {{ {properties} }};
            }};"
        ));
        let user = tree.find("/user").expect("the node");
        let text = |supply: Supply| match supply.node {
            Ok(node) => format!("{} {}", supply.property, tree.path(node)),
            Err(phandle) => format!("{} {phandle:#x}", supply.property),
        };
        supplies(&tree, user).into_iter().map(text).collect()
    }

    #[test]
    fn a_list_is_read_by_the_cells_of_each_node() {
        let found = needs("clocks = <&two 7 8 &zero 0 &zero>;");
        assert_eq!(found, ["clocks /two", "clocks /zero", "clocks /zero"]);
        let found = needs("pinctrl-0 = <&two &zero>; pinctrl-names = \"default\";");
        assert_eq!(found, ["pinctrl-0 /two", "pinctrl-0 /zero"]);
        let found = needs("vdd-supply = <&zero>; reset-gpios = <&two 1 2>; acme,nr-gpios = <2>;");
        assert_eq!(found, ["vdd-supply /zero", "reset-gpios /two"]);
        assert_eq!(needs("rockchip,grf = <&zero>;"), ["rockchip,grf /zero"]);
        assert_eq!(
            needs("clocks = <&zero 0x77 &zero>;"),
            ["clocks /zero", "clocks 0x77"]
        );
        assert_eq!(
            needs("dmas = <&two 1>; iommus = <&two>; reg = <1>;"),
            [""; 0]
        );
    }

    #[test]
    fn interrupts_go_to_the_nearest_parent() {
        assert_eq!(needs("interrupts = <0 4 4>;"), ["interrupts /gic"]);
        let own = "interrupt-parent = <&other>; interrupts = <4>;";
        assert_eq!(needs(own), ["interrupts /other"]);
        let mapped = "interrupt-parent = <&nexus>; interrupts = <1>;";
        assert_eq!(needs(mapped), ["interrupts /gic", "interrupts /other"]);
        let both = "interrupts = <0 4 4>; interrupts-extended = <&other 1>, <&gic 0 1 4>;";
        let found = needs(both);
        assert_eq!(
            found,
            ["interrupts-extended /other", "interrupts-extended /gic"]
        );
        assert_eq!(
            needs("interrupt-parent = <0x77>; interrupts = <4>;"),
            ["interrupts 0x77"]
        );
    }
}
