//! Street addresses and coordinates.

use std::sync::LazyLock;

use super::shape::{first_bytes, last_bytes, without_overlaps};
use super::{Pattern, compile, spans_of};

/// A house number before the name of a street (English, French) …
static NUMBER_FIRST: Pattern = LazyLock::new(|| {
    compile(
        r"(?x)
        \b\d{1,5}(?:\s?(?:bis|ter|[A-Da-d]\b))?,?\s+
        (?:
          (?:\p{Lu}[\p{L}\p{M}'.\-]*\s+){1,4}(?:[Ss]treet|St\b\.?|[Rr]oad|Rd\b\.?|[Aa]venue|Ave\b\.?|[Ll]ane|[Dd]rive|[Bb]oulevard|Blvd\b\.?|[Cc]lose|[Cc]rescent|[Tt]errace|Hill|Row|Walk|Mews|Grove|Highway|Gardens|Parade|Marg|Chowk|Mawatha)\b
          | (?i:rue|impasse|all[eé]e|chemin|quai|chauss[eé]e)\s+(?:(?:de\s+la|de|du|des|la|le|les)\s+)?(?:[dl]'|de\s+l')?[\p{L}\p{M}'\-]{2,}
          | (?i:avenue|boulevard)\s+(?:de\s+la|du|des|de\s+l')\s*[\p{L}\p{M}'\-]{2,}
          | (?i:avenue|boulevard|place|route|cit[eé]|passage)\s+(?:(?:de\s+la|de|du|des|la|le|les)\s+)?(?:[dl]'|de\s+l')?\p{Lu}[\p{L}\p{M}'\-]+
        )",
    )
});

/// … or after it (Spanish, Portuguese, Russian and much of the rest of the world).
static NUMBER_LAST: Pattern = LazyLock::new(|| {
    compile(
        r"(?x)
        \b(?i:calle|avenida|av\.|jir[oó]n|jr\.|pasaje|psje\.|paseo|carrera|cra\.|rua)\s+(?:\d{1,2}\s+de\s+)?(?:(?:de|del|la|las|los|el|das?|dos?)\s+)*\p{Lu}[\p{L}\p{M}'.\-]*(?:\s+(?:de|del|la|los|las|y|\p{Lu}[\p{L}\p{M}'.\-]*)){0,4}\s*,?\s*(?:(?i:n[°ºo]?\.?|num\.|n[uú]mero|\#)\s*)?\d{1,5}\b
        | \b(?i:calle|carrera|cra\.?|cl\.|avenida|av\.|transversal|diagonal)\s+\d{1,3}\s?[A-Za-z]?\s*(?i:\#|no\.|n[°º])\s*\d{1,3}\s?[A-Z]?\s*-\s*\d{1,3}\b
        | \b(?i:house|flat|plot|apartment|apt\.?|villa|maison|casa|lote|manzana)\s+(?:(?i:no\.?|number|n[°º]|\#)\s*)?\d{1,5}[A-Za-z]?\s*,\s*(?:(?i:street|road|rue|calle|block|sector|lane)\s*(?i:no\.?\s*)?\d{1,4}|\p{Lu}[\p{L}\p{M}'.\-]*(?:\s+\p{Lu}[\p{L}\p{M}'.\-]*){0,3}\s+(?i:street|road|avenue|lane|colony|compound|estate))
        | \b(?i:street|road|calle|rue)\s+(?i:(?:no\.?|n[°º])\s*)?\d{1,4}\s*,\s*(?i:house|sector|block|casa|maison)\s+(?i:(?:no\.?)\s*)?[A-Z]?-?\d{1,4}
        | \b(?i:house|flat|plot|apartment)\s+(?i:(?:no\.?|number|\#)\s*)?\d{1,5}[A-Za-z]?\s*,\s*(?i:block|sector|phase)\s+[A-Z0-9]{1,3}\b
        | \bC/\s?(?:(?:de|del|la|las|los|el)\s+)*\p{Lu}[\p{L}\p{M}'.\-]*(?:\s+(?:de|del|la|los|las|y|\p{Lu}[\p{L}\p{M}'.\-]*)){0,4}\s*,?\s*(?:(?i:n[°ºo]?\.?|\#)\s*)?\d{1,4}\b
        | \b(?i:mz|mza|manzana)\b\.?\s*[A-Z0-9]{1,3}\s*,?\s*(?i:lote|lt)\b\.?\s*\d{1,3}\b
        | (?:\p{Lu}[\p{L}\p{M}'\-]*\s+){1,3}(?:Street|Road|Lane|Avenue|Terrace|Crescent)(?:\s+|,\s*(?:No\.?|number)\s*)\d{1,4}[A-Za-z]?\b
        | \p{Lu}[\p{L}\p{M}\-]+(?:straße|strasse|gasse)\s\d{1,4}\b
        | \b(?i:num[eé]ro|n[°º]|no\.)\s*\d{1,4}\s*,?\s+(?i:(?:de\s+la|de\s+l'|du|de)\s*)?(?i:rue|avenue|boulevard|calle|avenida)\s+(?:(?:de\s+la|de|du|des|la|le|les)\s+)?(?:[dl]'|de\s+l')?[\p{L}\p{M}'\-]{2,}
        | \b(?i:ул\.|улица|пр\.|проспект|пер\.|переулок)\s+\p{Lu}[\p{L}\-]+(?:\s+\p{L}+)?\s*,?\s*(?i:д\.|дом)?\s*\d{1,4}",
    )
});

static POST_BOX: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)\b(?: (?:G\.?\s?)?P\.?\s?O\.?\s?Box | (?:Private|Post|Locked)\s+Bag | (?-i:B\.\s?P\.|BP) | Bo[iî]te\s+postale | Apartado\s+(?:postal|a[eé]reo|de\s+correos)
          | Casilla\s+(?:postal|de\s+correos?) | (?-i:Casilla) | а/я )
          \s* (?:n[°º]|no\.?|\#)? \s* E?\d{1,6}\b",
    )
});

/// What follows "street" where it is no address: street children, street theatre.
static NO_STREET: Pattern = LazyLock::new(|| {
    compile(
        r"(?i)^[\s-]*(?:connected\s+|involved\s+|living\s+)?(?:child|kids|youth|work|theatre|theater|drama|vendor|bank|market|shop|food|football|law|map|safety|situation|protest|famil)",
    )
});

/// A day of a month before the name of a street.
static DAY: Pattern = LazyLock::new(|| {
    compile(r"^\d{1,2}\s+(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")
});

/// What stands before a year.
static BEFORE_YEAR: Pattern =
    LazyLock::new(|| compile(r"(?i)\b(?:in|since|during|from|by|of|the|en|desde|depuis|de|del|du|año)\s+$"));

static YEAR: Pattern = LazyLock::new(|| compile(r"^(?:19|20)\d\d\b"));

static NAMED_YEAR: Pattern = LazyLock::new(|| compile(r"\p{L}\s+(?:19|20)\d\d$"));

/// Addresses of a house or a post-office box. Left alone: names of streets and buildings without a number, street
/// children, years before or after such names, sections of laws ("apartado 3").
pub fn street_addresses(text: &str) -> Vec<(usize, usize)> {
    let mut found = spans_of(&NUMBER_FIRST, text);
    found.retain(|(start, end)| {
        let street = text.get(*start..*end).unwrap_or_default();
        let before = last_bytes(text.get(..*start).unwrap_or_default(), 16);
        let after = first_bytes(text.get(*end..).unwrap_or_default(), 40);
        let day_or_year = DAY.is_match(street) || (YEAR.is_match(street) && BEFORE_YEAR.is_match(before));
        !(day_or_year || NO_STREET.is_match(after))
    });
    found.extend(
        spans_of(&NUMBER_LAST, text)
            .into_iter()
            .filter(|(start, end)| !NAMED_YEAR.is_match(text.get(*start..*end).unwrap_or_default())),
    );
    found.extend(spans_of(&POST_BOX, text));
    without_overlaps(found)
}

/// Two bare numbers need four decimals; with a degree sign or the letter of a hemisphere three are enough.
static DECIMAL: Pattern = LazyLock::new(|| {
    compile(
        r"(?x)
        -?\b\d{1,2}\.\d{4,}(?:\s*[,;/]\s*|\s+)-?\d{1,3}\.\d{4,}\b
        | -?\b\d{1,2},\d{4,}\s*[;/]?\s*-?\d{1,3},\d{4,}\b
        | -?\b\d{1,2}[.,]\d{3,}\s*°?\s*[NS]\b\s*[,;/]?\s*-?\d{1,3}[.,]\d{3,}\s*°?\s*[EWO]\b
        | -?\b\d{1,2}[.,]\d{3,}\s*°\s*[,;/]?\s*-?\d{1,3}[.,]\d{3,}\s*°
        | \b[NS]\s?\d{1,2}[.,]\d{3,}\s*°?\s*[,;/]?\s*[EWO]\s?\d{1,3}[.,]\d{3,}\b",
    )
});

static SEXAGESIMAL: Pattern = LazyLock::new(|| {
    compile(
        r#"(?x) \b\d{1,3}\s?°\s?\d{1,2}(?:\.\d+)?\s?'(?:\s?\d{1,2}(?:[.,]\d+)?\s?(?:"|''))?\s?[NSEWO]\b
           (?:[\s,;/]*\d{1,3}\s?°\s?\d{1,2}(?:\.\d+)?\s?'(?:\s?\d{1,2}(?:[.,]\d+)?\s?(?:"|''))?\s?[NSEWO]\b)?
           | \b[NS]\s?\d{1,2}\s?°\s?\d{1,2}(?:[.,]\d+)?\s?'?(?:\s?\d{1,2}(?:[.,]\d+)?\s?(?:"|''))?[\s,;/]*[EWO]\s?\d{1,3}\s?°\s?\d{1,2}(?:[.,]\d+)?"#,
    )
});

static LABELLED: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi) \blat(?:itude|itud|\.)?[\x22']?\s*[:=]?\s*-?\d{1,2}[.,]\d{3,}.{0,20}?\blon(?:gitude|gitud|g)?\.?[\x22']?\s*[:=]?\s*-?\d{1,3}[.,]\d{3,}
          | \blat(?:itude|itud|\.)?[\x22']?\s*[:=]?\s*-?\d{1,2}[.,]\d{3,}.{0,20}?\blng[\x22']?\s*[:=]?\s*-?\d{1,3}[.,]\d{3,}
          | \b(?:lon|lng|longitude|longitud)\.?[\x22']?\s*[:=]?\s*-?\d{1,3}[.,]\d{3,}.{0,20}?\blat(?:itude|itud|\.)?[\x22']?\s*[:=]?\s*-?\d{1,2}[.,]\d{3,}
          | \b[xy]\s*[:=]\s*-?\d{1,3}[.,]\d{4,}[\s,;]*[xy]\s*[:=]\s*-?\d{1,3}[.,]\d{4,}",
    )
});

/// Open Location Codes, as maps on telephones give them.
static PLUS_CODE: Pattern = LazyLock::new(|| compile(r"\b[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}\b"));

/// Pairs of coordinates precise enough to find a house: labelled or with a hemisphere and three decimals, bare with four,
/// in degrees and minutes, or as an Open Location Code. Left alone: rougher ones, and pairs of rates below 1.
pub fn coordinates(text: &str) -> Vec<(usize, usize)> {
    let mut found = spans_of(&LABELLED, text);
    found.extend(
        spans_of(&DECIMAL, text)
            .into_iter()
            .filter(|(start, end)| is_place(text.get(*start..*end).unwrap_or_default())),
    );
    found.extend(spans_of(&SEXAGESIMAL, text));
    found.extend(spans_of(&PLUS_CODE, text));
    without_overlaps(found)
}

static WHOLE: Pattern = LazyLock::new(|| compile(r"(\d{1,3})[.,]\d{3,}"));

/// Whether the degrees lie on the globe, and are not both below 1 as rates are.
fn is_place(pair: &str) -> bool {
    let degrees: Vec<u32> = WHOLE
        .captures_iter(pair)
        .filter_map(|captures| captures.get(1)?.as_str().parse().ok())
        .collect();
    match degrees.as_slice() {
        [latitude, longitude] => *latitude <= 90 && *longitude <= 180 && (*latitude > 0 || *longitude > 0),
        _ => true,
    }
}
