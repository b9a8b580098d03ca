# Rewrites the user's apt sources, both formats, as deb822 stanzas.
#
# codename   the host's; only its main archive, -updates and -security entries are taken
# data       if set, the main archive's entries with this suite in place of the host's
# components of the archive that are taken where the entry has main
# all_keys   if 0, an entry that names a keyring other than Debian's is left out

function add_suite(suite) { suites = suites (suites == "" ? "" : " ") suite }

function emit(uris, from, has, options,    list, count, i, main) {
	if ((" " has " ") !~ / main / || uris ~ /cdrom:/)
		return
	if (!all_keys && tolower(options) ~ /signed-by:/ && options !~ /debian-archive/)
		return
	suites = ""
	count = split(from, list, /[ \t\n]+/)
	main = 0
	for (i = 1; i <= count; i++) {
		if (list[i] == codename)
			main = 1
		if (!data && (list[i] == codename || list[i] == codename "-updates" || list[i] == codename "-security"))
			add_suite(list[i])
	}
	if (data && main)
		add_suite(data)
	if (suites != "")
		printf "Types: deb\nURIs: %s\nSuites: %s\nComponents: %s\n%s\n", uris, suites, components, options
	if (main && !data)
		printf "Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: %s\n%s\n", uris, codename, components, options
}

function end_stanza() {
	if (types ~ /(^|[ \t])deb([ \t]|$)/ && tolower(enabled) !~ /^(no|false|0|off|disable)$/)
		emit(stanza_uris, stanza_suites, stanza_components, stanza_options)
	types = enabled = stanza_uris = stanza_suites = stanza_components = stanza_options = field = ""
}

FNR == 1 { end_stanza(); deb822 = FILENAME ~ /\.sources$/ }
/^[ \t]*#/ { next }

# deb [option=value option=value] URI suite component...
!deb822 && $1 == "deb" {
	options = ""
	if (match($0, /\[[^]]*\]/)) {
		count = split(substr($0, RSTART + 1, RLENGTH - 2), list, /[ \t]+/)
		$0 = substr($0, 1, RSTART - 1) " " substr($0, RSTART + RLENGTH)
		for (i = 1; i <= count; i++) {
			at = index(list[i], "=")
			if (!at)
				continue
			key = substr(list[i], 1, at - 1)
			value = substr(list[i], at + 1)
			if (key == "arch")
				key = "Architectures"
			gsub(/,/, " ", value)
			options = options key ": " value "\n"
		}
	}
	has = ""
	for (i = 4; i <= NF; i++)
		has = has " " $i
	emit($2, $3, has, options)
	next
}

!deb822 { next }
/^[ \t]*$/ { end_stanza(); next }
/^[ \t]/ {
	if (field == "uris") stanza_uris = stanza_uris $0
	else if (field == "suites") stanza_suites = stanza_suites $0
	else if (field == "components") stanza_components = stanza_components $0
	else stanza_options = stanza_options $0 "\n"
	next
}
{
	at = index($0, ":")
	field = tolower(substr($0, 1, at - 1))
	value = substr($0, at + 1)
	sub(/^[ \t]+/, "", value)
	sub(/[ \t]+$/, "", value)
	if (field == "types") types = value
	else if (field == "enabled") enabled = value
	else if (field == "uris") stanza_uris = value
	else if (field == "suites") stanza_suites = value
	else if (field == "components") stanza_components = value
	else stanza_options = stanza_options $0 "\n"
}
END { end_stanza() }
