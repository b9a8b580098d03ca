//! Which checks a run has: `only=` and `skip=`.

use crate::text::split;

/// True if `name` fits `pattern`, in which `*` stands for any text.
///
/// Takes at most `pattern.len() * name.len()` steps, whatever the pattern.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where to go on when a `*` has to stand for one byte more.
    let mut retry = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p + 1, n + 1));
            p += 1;
        } else if pattern.get(p) == Some(&name[n]) {
            p += 1;
            n += 1;
        } else if let Some((after_star, from)) = retry {
            retry = Some((after_star, from + 1));
            (p, n) = (after_star, from);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// A choice of checks by comma-separated patterns.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Filter<'a> {
    /// Run only the checks that fit one of these; all if `None`.
    pub only: Option<&'a str>,
    /// Leave out the checks that fit one of these.
    pub skip: Option<&'a str>,
}

impl Filter<'_> {
    /// True if a run with this filter has the check `name`.
    pub fn selects(&self, name: &str) -> bool {
        let fits = |patterns: &str| split(patterns, b',').any(|pattern| matches(pattern, name));
        self.only.is_none_or(fits) && !self.skip.is_some_and(fits)
    }

    /// True if this filter can leave something out.
    pub fn is_subset(&self) -> bool {
        self.only.is_some() || self.skip.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_what_only_names_and_skip_does_not() {
        let filter = Filter {
            only: Some("seed.*,*.kmalloc.*"),
            skip: Some("*.pattern,perm.kmalloc.exec"),
        };
        assert!(filter.selects("seed.device.describe"));
        assert!(filter.selects("perm.kmalloc.flags"));
        assert!(!filter.selects("seed.vmalloc.pattern"));
        assert!(!filter.selects("perm.kmalloc.exec"));
        assert!(!filter.selects("perm.vmalloc.exec"));
    }

    #[test]
    fn selects_everything_by_default() {
        assert!(Filter::default().selects("seed.device.describe"));
        assert!(!Filter::default().is_subset());
    }

    #[test]
    fn an_empty_pattern_fits_no_name() {
        let filter = Filter {
            only: Some(","),
            skip: None,
        };
        assert!(!filter.selects("seed.device.describe"));
    }

    #[test]
    fn many_stars_take_no_more_than_the_product_of_the_lengths() {
        let pattern = str::from_utf8(&[b'*'; 1000]).unwrap();
        let name = str::from_utf8(&[b'a'; 1000]).unwrap();
        assert!(matches(pattern, name));
        assert!(!matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
    }
}
