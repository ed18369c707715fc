//! Numbers of identity cards, passports, birth certificates and the like.

use std::sync::LazyLock;

use super::shape::{is_amount, is_period, is_within_number, without_overlaps};
use super::{Pattern, compile, spans_of};

/// Shorter numbers are no identity numbers.
const FEWEST_DIGITS: usize = 5;
/// The same where words stand between.
const FEWEST_DIGITS_NEAR: usize = 7;

/// How a number looks: letters only in capitals, groups held together by single signs.
const NUMBER: &str = r"(?-i:(?:[A-Z]{1,4}[\-/\x20]?){0,2}\d(?:[\-/\x20.]?[0-9A-Z]){4,20})";

/// Beside the name of a paper that everyone has one of.
static PAPER: Pattern = LazyLock::new(|| {
    compile(&format!(
        r"(?xi)
        \b(?: passports? | passeports? | pasaportes? | carte\s+(?:nationale\s+)?d'identit[eé] | pi[eè]ce\s+d'identit[eé]
          | carte\s+(?:consulaire|d'[eé]lecteur|d'[eé]tudiant|scolaire|de\s+s[eé]jour|de\s+r[eé]fugi[eé]e?) | tarjeta\s+de\s+identidad
          | (?:n[°º]|num[eé]ro|n[uú]mero|number)\s+(?:d'|de\s+)(?:identit[eé]|identification|identidad|identificaci[oó]n)(?:\s+nationale?)?
          | residence\s+permit | driving\s+licen[cs]e | (?:voter|ration)\s+card | c[eé]dula(?:\s+de\s+(?:identidad|ciudadan[ií]a))? | documento\s+(?:nacional\s+)?de\s+identidad | carn[eé]\s+de\s+identidad
          | (?-i:DNI|NID|CNIC|CNI|CIN|NIC|NIN|BRN|RUT|RUN|CUI|CURP|INSEE|SSN) | (?-i:C\.\s?[IC]\.) | aadhaar | nagarikta
          | (?:national|student|voter|personal|his|her|child's|girl's|boy's)\s+id(?:entity)?(?:\s+card)?
          | id(?:entity|entification)?\s+(?:card|number|no\.?) | паспорт | رقم\s+الهوية | نمرة\s+الهوية )
        (?: \s+ (?:numbers? | num[eé]ro | n[uú]mero | no\.? | n\.?\x20?[°º] | n[uú]m\.? | nro\.? | nr\.? | is | was | es | est | with | under | the | card | номер ) ){{0,4}}
        \s* [:\#.,(]? \s* (?: (?:no\.? | n\.?\x20?[°º] | №) \s* )?
        ( {NUMBER} )",
    ))
});

/// Some words after the name of such a paper: long, and without spaces.
static NEAR: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)
        \b(?: passport | passeport | pasaporte | (?:carte|pi[eè]ce|num[eé]ro)\s+(?:nationale\s+)?d'identit[eé] | c[eé]dula | (?-i:DNI|NID|CNIC|CNI|CIN|NIN|CURP)
          | aadhaar | (?:national|student|voter|refugee)\s+id | identity\s+(?:card|document|number) | documento\s+de\s+identidad )\b
        [^\d\n;]{0,30}? [\s:(]
        ( (?-i: [A-Z]{1,3}-?\d{6,12} | \d{7,17}[A-Z]? | \d{2,8}(?:[\-/.]\d{1,8}){1,4} ) ) \b",
    )
});

/// Beside the name of a paper or register that is written about as well: the number must be called one.
static REGISTER: Pattern = LazyLock::new(|| {
    compile(&format!(
        r"(?xi)
        \b(?: birth\s+(?:certificate|registration) | b-?form | citizenship(?:\s+certificate)? | nationality\s+certificate
          | actes?\s+de\s+naissance | acta\s+de\s+nacimiento | partida\s+de\s+nacimiento | certificado\s+de\s+nacimiento
          | social\s+security | s[eé]curit[eé]\s+sociale | seguro\s+social | refugee\s+(?:id|card|registration)
          | asylum\s+(?:file|case|seeker\s+card) | case\s+file | court\s+file | police\s+file | (?:beneficiary|patient|client|prisoner|detainee|inmate|medical\s+record|admission)
          | (?-i:NINA|NRC|UNHCR) | свидетельство\s+о\s+рождении )
        (?: \s+ (?: card | registration | certificate | case | id | under | with | by | the | sous | con | el | le | bajo ) ){{0,3}}
        \s* [(,]?
        \s* (?: [:\#№] | (?: numbers? | num[eé]ro | n[uú]mero | no\.? | n\.?\x20?[°º] | n[uú]m\.? | nro\.? | номер ) (?:\s+(?:is|was|es|est))? \s* :? ) \s*
        ( {NUMBER} )",
    ))
});

/// The same without the word, where the number has groups or is long.
static FILED: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)
        \b(?: birth\s+certificate | b-?form | citizenship\s+certificate | acte\s+de\s+naissance | acta\s+de\s+nacimiento
          | partida\s+de\s+nacimiento | refugee\s+(?:id|card) | (?:case|court|police|asylum)\s+file | medical\s+record )
        \s+ (?-i:( [A-Z]{0,3}-?\d+(?:[/\-][0-9A-Z]+)+ | [A-Z]{0,3}\d{7,} )) \b",
    )
});

/// Forms that are written like nothing else: Pakistan's CNIC, Zambia's NRC, Korea's registration number, Spain's DNI,
/// Chile's RUT, Brazil's CPF, Mexico's CURP, the social security numbers of the United States and of France, China's
/// identity number.
static NATIONAL: Pattern = LazyLock::new(|| {
    compile(
        r"(?x)
        \b\d{5}-\d{7}-\d\b
        | \b\d{6}/\d{2}/[123]\b
        | \b\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}\b
        | \b\d{8}-?[A-HJ-NP-TV-Z]\b
        | \b\d{1,2}\.\d{3}\.\d{3}-[\dkK]\b
        | \b\d{3}\.\d{3}\.\d{3}-\d{2}\b
        | \b[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d\b
        | \b\d{3}-\d{2}-\d{4}\b
        | \b[12]\x20\d{2}\x20\d{2}\x20\d{2}\x20\d{3}\x20\d{3}(?:\x20\d{2})?\b
        | \b[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]\b",
    )
});

/// Identity numbers: beside the name of the paper, or in a national form. Left alone: symbols of documents, numbers of
/// laws and bills, ISBNs, rates and counts of registrations, numbers of projects.
pub fn identity_numbers(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = PAPER
        .captures_iter(text)
        .chain(REGISTER.captures_iter(text))
        .chain(FILED.captures_iter(text))
        .filter_map(|captures| captures.get(1))
        .filter(|number| digits(number.as_str()) >= FEWEST_DIGITS)
        .map(|number| (number.start(), number.end()))
        .collect();
    found.extend(
        NEAR.captures_iter(text)
            .filter_map(|captures| captures.get(1))
            .filter(|number| digits(number.as_str()) >= FEWEST_DIGITS_NEAR)
            .map(|number| (number.start(), number.end())),
    );
    found.extend(spans_of(&NATIONAL, text));
    found.retain(|span| {
        let found = text.get(span.0..span.1).unwrap_or_default();
        !is_amount(text, *span) && !is_period(found) && !is_within_number(text, *span)
    });
    without_overlaps(found)
}

fn digits(number: &str) -> usize {
    number.bytes().filter(u8::is_ascii_digit).count()
}
