//! What a line looks like that did not verify; nothing of this proves anything.

/// True for the bare KTAP lines, whose content header and end repeat, and for the
/// echo of a request.
pub(super) fn is_frame(line: &[u8]) -> bool {
    let plan = line.strip_prefix(b"1..");
    line.starts_with(b"KTAP version ")
        || line.starts_with(b"board-check ")
        || plan.is_some_and(|count| count.iter().all(u8::is_ascii_digit))
}

pub(super) fn looks_like_record(line: &[u8]) -> bool {
    let starts: [&[u8]; 5] = [b"ok ", b"not ok ", b"# board-check ", b"#r ", b"#l "];
    starts.iter().any(|start| line.starts_with(start))
}

/// True if all but one of the last eight bytes can be digits of a CRC.
pub(super) fn looks_sealed(line: &[u8]) -> bool {
    let digit = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let crc = line.last_chunk::<8>();
    crc.is_some_and(|crc| crc.iter().filter(digit).count() >= 7)
}

pub(super) fn looks_like_prompt(line: &[u8]) -> bool {
    let ends: [&[u8]; 4] = [b"login: ", b"login:", b"Password: ", b"=> "];
    let shell = matches!(line, [.., b'#' | b'$', b' '] | [b'#' | b'$']);
    shell || ends.iter().any(|end| line.ends_with(end))
}
