//! E-mail addresses and telephone numbers.

use std::sync::LazyLock;

use super::shape::{
    is_amount, is_end_of_thousands, is_period, is_thousands, is_within_number, token, without_overlaps,
};
use super::{Pattern, compile, spans_of};

static EMAIL: Pattern = LazyLock::new(|| {
    compile(
        r"[\p{L}\p{M}0-9._%+\-]+(?:@|\x20@\x20)[\p{L}\p{M}0-9\-]+(?:\.[\p{L}\p{M}0-9\-]+)*\.\p{L}[\p{L}\p{M}0-9\-]+",
    )
});

/// With the sign in brackets: `name [at] example.org`, `name (arobase) example (point) org`.
static BRACKETED: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi) [\p{L}\p{M}0-9._%+\-]+ \s? [\[({<] \s? (?:at|arobase|arroba|@) \s? [\])}>] \s? [\p{L}\p{M}0-9\-]+
          (?: (?: \. | \s? [\[({<] \s? (?:dot|point|punto|\.) \s? [\])}>] \s? | \s (?:dot|point|punto) \s ) [\p{L}\p{M}0-9\-]+ )+",
    )
});

/// In words only: `name at example dot org`. Every dot must be a word of the language of the sign, since "arrived at this
/// point in time" is no address.
static SPELT_OUT: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi) [\p{L}\p{M}0-9._%+\-]+ \s+
          (?: at \s+ [\p{L}0-9\-]+ (?: \s+ dot \s+ [\p{L}0-9\-]+ )*? \s+ dot \s+ (?:org|com|net|edu|gov|int|info|ngo|ong|example|[a-z]{2})\b
            | arobase \s+ [\p{L}0-9\-]+ (?: (?: \s+ (?:point|dot) \s+ | \. ) [\p{L}0-9\-]{2,} )+
            | arroba \s+ [\p{L}0-9\-]+ (?: (?: \s+ (?:punto|dot) \s+ | \. ) [\p{L}0-9\-]{2,} )+ )",
    )
});

/// E-mail addresses, also those disguised as `name (at) example dot org`, in English, French and Spanish. Left alone:
/// `@names` of social media, and sentences with "at" and "point".
pub fn email_addresses(text: &str) -> Vec<(usize, usize)> {
    let mut found = spans_of(&EMAIL, text);
    found.extend(spans_of(&BRACKETED, text));
    found.extend(spans_of(&SPELT_OUT, text));
    without_overlaps(found)
}

/// With a plus or two zeros and a country code.
static INTERNATIONAL: Pattern =
    LazyLock::new(|| compile(r"(?:\+|\b00)\x20?\(?[1-9]\d{0,2}\)?(?:[\x20.\-/]{0,2}\(?\d{1,4}\)?){2,6}\b"));

/// Beside a word that announces it.
static ANNOUNCED: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)
        \b(?: tel | t[eé]l | tel[eé]fonos? | t[eé]l[eé]phones? | telephones? | telefone | phones? | mobiles? | portable
          | m[oó]vil | celular | cel | cell | mob | gsm | ph | whats\s?app | viber | signal | telegram | call | ring | text | llam(?:e|a|ar)
          | appel(?:er|ez) | sms | fax | helpline | hotline | contact[eo]? | contact(?:er|ar) | dial | marque | marcar
          | r[eé]pond(?:re)? | joindre | joignable | reach(?:ed)? | answers? | comun[ií](?:quese|carse|que) | wa | msg | landline
          | (?:help|hot|phone|land)\s?(?:line|desk) | fixe | rappel(?:er|ez) | t[eé]l[eé]phone[rz] | telefonear | escrib[aei]r? | avise
          | rang | dialled | dialed | missed\scall | тел | телефон | هاتف | جوال | फोन ) \.?
        (?: \s+ (?: numbers? | num[eé]ro | n[uú]mero | n[ou]\.? | n\.?[°º] | nro\.? | n[uú]m\.? | us | me | her | him | them | on | at | under | al? | au | le
          | la | el | is | was | es | est | de | of | the | family | school | home | mother | father | shelter | escuela | m[eè]re
          | to | via | sur | and | or | et | ou | y | o | with | con | avec | office | work | casa | oficina | trabajo | maison | bureau
          | given | as | toll | free | gratuit | person | persons | mme | mrs | mr | ms | dr | don | do[nñ]a | sr | sra | se[nñ]ora?
          | madame | monsieur | (?-i:\p{Lu}[\p{L}\p{M}'-]+) | номер | नं ) [,:.)]? ){0,5}
        \s* [:.,(-]{0,2} \s*
        ( \(?\d{1,5}\)? (?: [\x20.\-/]{0,2} \(?\d{1,5}\)? ){1,6} ) \b",
    )
});

/// National forms that are written like nothing else: an area code in brackets, a leading zero with groups, and the
/// mobile numbers of South Asia.
static NATIONAL: Pattern = LazyLock::new(|| {
    compile(
        r"(?x)
        \(0?\d{1,4}\)\x20?\d{3,4}[\x20.\-]\d{3,4}\b
        | \b0\d{1,4}(?:[\x20.\-]\d{2,4}){2,4}\b
        | \b0\d{1,4}[\x20\-]\d{5,8}\b
        | \b0\d{8,10}\b
        | \b\d{3}[.\-]\d{3}[.\-]\d{4}\b
        | \b\d{3}[\x20.\-]555[\x20.\-]\d{4}\b
        | \b[6-9]\d{4}[\x20\-]?\d{5}\b",
    )
});

/// Some words after one that stands beside little else.
static NEAR: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)
        \b(?: tel | t[eé]l | tel[eé]fonos? | t[eé]l[eé]phones? | phones? | portable | m[oó]vil | celular | whats\s?app | viber
          | telegram | sms | fax | hotline | helpline | num[eé]ro\s+vert | тел | телефон )\b
        [^\d\n;]{0,30}? [\s:.,(]
        ( \(?\d{2,5}\)? (?: [\x20.\-/]? \d{1,5} ){1,6} ) \b",
    )
});

/// Beside the word "number" alone, in groups as only telephone numbers are.
static NUMBER: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)\b(?:number|num[eé]ro|n[uú]mero)[\s:,(]+(?:(?:is|was|es|est)\s+)?
        ( \d{3}[\x20.\-]\d{4} | \d{2,3}(?:[\x20.\-]\d{2,3}){3,4} )\b",
    )
});

/// Groups that local numbers are written in, and hardly anything else: `555-0123`, `2 255 5014`, `77 555 01 23`.
const GROUPS: &str = r"(?: \d{1,4}[\x20.\-]\d{3,4}[\x20.\-]\d{4} | \d{2}[\x20.\-]\d{3}(?:[\x20.\-]\d{2}){2}
    | \d{2,3}(?:[\x20.\-]\d{2}){3,4} | \d{3,4}[\x20\-]\d{2,3}[\x20\-]\d{3,4} | \d{3}[\x20.\-]\d{2}[\x20.\-]\d{2}
    | \d{3,4}[\x20.\-]\d{4} )";

/// In such groups after a name, after a word that leads to a place, or some words after one that has to do with calling.
static LOCAL: Pattern = LazyLock::new(|| {
    compile(&format!(
        r"(?x)
        (?: (?P<name> \p{{Lu}}[\p{{L}}\p{{M}}'-]+ ) \x20? (?: [,:(-] | \x20-\x20 ){{0,2}} \x20?
          | \b(?i: at | on | under | to | al | au | sur | le | el | es | line | l[ií]nea | ligne ) \x20? [(:]? \x20?
          | \b(?i: call(?:s|ed|ing)? | visit(?:s|ing)? | contact[eo]?s? | speak | ask | emergency | urgence | emergencia | number | num[eé]ro
              | n[uú]mero | message | informes | informaci[oó]n ) \b [^\d\n;.]{{0,40}} [\s:,(-] )
        ({GROUPS}) \b",
    ))
});

/// Words with a capital that number documents and not people.
const NUMBERED: [&str; 36] = [
    "act",
    "article",
    "art\u{ed}culo",
    "bill",
    "budget",
    "case",
    "code",
    "contract",
    "cuenta",
    "compte",
    "decree",
    "decreto",
    "d\u{e9}cret",
    "dossier",
    "expediente",
    "figure",
    "file",
    "form",
    "grant",
    "issn",
    "isbn",
    "law",
    "ley",
    "line",
    "loi",
    "no",
    "order",
    "page",
    "pages",
    "project",
    "projet",
    "proyecto",
    "ref",
    "resolution",
    "section",
    "table",
];

/// Telephone numbers: international, beside a word that announces them, or in a national form. Left alone: amounts,
/// years, dates, symbols and paragraphs of documents, laws, ISBNs and ISSNs, numbers in web addresses, and the short
/// numbers of public helplines.
pub fn phone_numbers(text: &str) -> Vec<(usize, usize)> {
    let kept = |span: &(usize, usize), fewest: usize| {
        let found = text.get(span.0..span.1).unwrap_or_default();
        let digits = found.bytes().filter(u8::is_ascii_digit).count();
        (fewest..=15).contains(&digits)
            && !is_amount(text, *span)
            && !is_period(found)
            && !is_within_number(text, *span)
            && !is_end_of_thousands(text, *span)
            && !is_reference(text, span.0)
    };
    let mut found: Vec<(usize, usize)> = spans_of(&INTERNATIONAL, text)
        .into_iter()
        .filter(|span| kept(span, 8))
        .collect();
    found.extend(
        ANNOUNCED
            .captures_iter(text)
            .chain(NUMBER.captures_iter(text))
            .filter_map(|captures| captures.get(1))
            .map(|number| (number.start(), number.end()))
            .filter(|span| kept(span, 6) && !is_public_helpline(text, *span)),
    );
    found.extend(
        NEAR.captures_iter(text)
            .filter_map(|captures| captures.get(1))
            .map(|number| (number.start(), number.end()))
            .filter(|span| {
                kept(span, 7)
                    && !is_public_helpline(text, *span)
                    && !is_thousands(text.get(span.0..span.1).unwrap_or_default())
            }),
    );
    found.extend(spans_of(&NATIONAL, text).into_iter().filter(|span| kept(span, 8)));
    found.extend(
        LOCAL
            .captures_iter(text)
            .filter(|captures| {
                let name = captures.name("name").map_or("", |name| name.as_str()).to_lowercase();
                !NUMBERED.contains(&name.as_str())
            })
            .filter_map(|captures| captures.get(2))
            .map(|number| (number.start(), number.end()))
            .filter(|span| {
                let found = text.get(span.0..span.1).unwrap_or_default();
                kept(span, 7)
                    && !is_public_helpline(text, *span)
                    && !is_thousands(found)
                    && !has_year(found)
                    && !is_span_of_time(found)
            }),
    );
    without_overlaps(found)
}

/// Whether dots and a hyphen stand in a number as in `10.00-12.00`.
fn is_span_of_time(found: &str) -> bool {
    found.contains('.') && found.contains('-')
}

/// Whether a group of a number may be a year.
fn has_year(found: &str) -> bool {
    found
        .split(|character: char| !character.is_ascii_digit())
        .any(|group| group.len() == 4 && (group.starts_with("19") || group.starts_with("20")))
}

/// The European numbers for helplines of social value, such as 116 111 for children.
fn is_public_helpline(text: &str, (start, end): (usize, usize)) -> bool {
    let digits: String = text
        .get(start..end)
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    digits.len() == 6 && digits.starts_with("116")
}

/// Whether the number follows the letters ISBN, ISSN or DOI, or stands within a symbol or a web address.
fn is_reference(text: &str, start: usize) -> bool {
    let token = token(text, start);
    let before: String = text.get(..start).unwrap_or_default().chars().rev().take(12).collect();
    let before: String = before.chars().rev().collect::<String>().to_uppercase();
    let announced = ["ISBN", "ISSN", "DOI"].iter().any(|mark| before.contains(mark));
    let symbol = token
        .split_once('/')
        .is_some_and(|(first, _)| !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_uppercase()));
    let address = token.contains("://") && !token.contains("wa.me/") && !token.contains("tel:");
    let doi = token.starts_with("10.") || token.starts_with("doi:");
    announced || symbol || address || doi
}
