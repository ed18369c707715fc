//! Direct speech of a child.

use std::sync::LazyLock;

use super::shape::{first_bytes, last_bytes};
use super::{Pattern, compile};

/// The longest speech that is looked for, in bytes.
const LONGEST: usize = 1_500;
/// How much around a speech may say whose it is, in bytes.
const AROUND: usize = 170;

/// What children are called.
const CHILD: &str = r"(?i:(?:school|street)?(?:girl|boy|child|kid)s?|(?:school)?children|kids|pupils?|students?|adolescents?|teen(?:ager)?s?|youngsters?|young\s+(?:people|persons?|wom[ae]n|m[ae]n|delegates?|reporters?|monitors?|researchers?|members?|leaders?|speakers?|participants?|refugees?|survivors?|migrants?)|daughters?|(?:her|his|my|our|their)\s+sons?|orphans?|(?:\p{L}+th|first|second|third)[-\s]graders?|(?:petites?\s+)?filles?|fillettes?|gar[cç]ons?|enfants?|[eé]l[eè]ves?|[eé]coli[eè]re?s?|coll[eé]gien(?:ne)?s?|lyc[eé]en(?:ne)?s?|adolescentes?|ados?|jeunes?|mineure?s?|gamine?s?|gosses?|orphelin(?:e)?s?|l[ae]\s+petite?|ni[nñ][aeo]s?|chic[ao]s?|muchach[ao]s?|alumn[ao]s?|estudiantes?|j[oó]ven(?:es)?|colegial(?:as?|es)?|escolares|menor(?:es)?|hij[ao]s?|hu[eé]rfan[ao]s?|chiquill[ao]s?|l[ao]s?\s+peque[nñ][ao]s?|el\s+peque[nñ]o|quincea[nñ]eras?)\b";

/// An age below 18, as it is said of a person. Younger children are quoted too, but hardly below four.
const AGE: &str = r"(?i:\b(?:[4-9]|1[0-7]|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|(?:dix-)?sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diecis[eé]is|diecisiete)[-\s]years?[-\s]olds?\b|\b(?:aged|of|at(?:\s+the\s+age\s+of)?|[aâ]g[eé]e?s?\s+de|de|con|a\s+los|à)\s+(?:[4-9]|1[0-7]|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|(?:dix-)?sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diecis[eé]is|diecisiete)\s+(?:years|ans|a[nñ]os)\b|\b(?:aged|who\s+is|a\s+los)\s+(?:just\s+|only\s+|now\s+)?(?:[4-9]|1[0-7]|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|(?:dix-)?sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diecis[eé]is|diecisiete)\b|,\s+(?:[4-9]|1[0-7]|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|(?:dix-)?sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diecis[eé]is|diecisiete)\s+(?:ans|a[nñ]os|years)\b|,\s+(?:[4-9]|1[0-7])\b\s*(?:[,.;)—–-]|$)|\((?:aged\s+)?(?:[4-9]|1[0-7])\b(?:\s+(?:ans|a[nñ]os))?[^)]{0,30}\))";

/// What one does with speech.
const VERB: &str = r"(?i:sa(?:id|ys?|ying)|t(?:old|ells?)|explain(?:s|ed)?|ask(?:s|ed)?|add(?:s|ed)?|recall(?:s|ed)?|remember(?:s|ed)?|recount(?:s|ed)?|wrote|writes?|repl(?:y|ies|ied)|answer(?:s|ed)?|insist(?:s|ed)?|shout(?:s|ed)?|yell(?:s|ed)?|whisper(?:s|ed)?|cr(?:ies|ied)|complain(?:s|ed)?|demand(?:s|ed)?|declare[sd]?|report(?:s|ed)?|state[sd]?|put(?:s)?\s+it|shared?|shares|confide[sd]|laugh(?:s|ed)?|remark(?:s|ed)?|announce[sd]?|admit(?:s|ted)?|describe[sd]?|argue[sd]?|note[sd]?|warn(?:s|ed)?|wonder(?:s|ed)?|conclude[sd]?|testif(?:y|ies|ied)|repeat(?:s|ed)?|joke[sd]?|murmur(?:s|ed)?|mutter(?:s|ed)?|sigh(?:s|ed)?|observe[sd]?|point(?:s|ed)?\s+out|comment(?:s|ed)?|suggest(?:s|ed)?|begs?|begged|respond(?:s|ed)?|exclaim(?:s|ed)?|chant(?:s|ed)?|sang|sings?|reads?|scribbled|texted|posted|request(?:s|ed)?|urge[sd]?|claim(?:s|ed)?|emphasi[sz]e[sd]?|confess(?:es|ed)?|protest(?:s|ed)?|object(?:s|ed)?|appeal(?:s|ed)?|echo(?:es|ed)?|thought|thinks?|propose[sd]?|went\s+on|goes\s+on|sum(?:s|med)?\s+(?:it\s+)?up|called\s+(?:out|for)|spoke|speaks?|carr(?:y|ies|ied)|bears?|plead(?:s|ed)?|reflect(?:s|ed)?|continue[sd]?|stress(?:es|ed)?|dit|disent|disai(?:t|ent)|racont(?:e|ent|ait|é)|expliqu(?:e|ent|ait|é)|demand(?:e|ent|ait|é)|ajout(?:e|ent|ait|é)|[eé]cri(?:t|vent|vait)|r[eé]pon(?:d|dent|dait|du)|confi(?:e|ent|ait|é)|t[eé]moign(?:e|ent|ait|é)|s'(?:exclame|est\s+exclam[eé]e?|indigne|interroge|[eé]crie)|souffle|murmure|affirm(?:e|ent|ait|é)|d[eé]clar(?:e|ent|ait|é)|lance|lanc[eé]|rappelle|se\s+souvient|r[eé]sum(?:e|ait|é)|insist(?:e|ent|ait|é)|pr[eé]cis(?:e|ent|ait|é)|avou(?:e|ent|ait|é)|soupire|l[aâ]che|conclu[t]?|glisse|plaisante|s'est\s+plainte?|cri(?:e|ent|é)|proteste|poursuit|dij(?:o|eron)|dic(?:en?|iendo)|dec[ií]an?|cuentan?|cont(?:ó|aron|aba)|explic(?:an?|ó|aron|aba)|pregunt(?:an?|ó|aron|aba)|añad(?:en?|ió|ieron)|agreg(?:an?|ó|aron)|escrib(?:en?|ió|ieron)|respond(?:en?|ió|ieron)|relat(?:an?|ó|aron)|recuerdan?|record(?:ó|aron|aba)|afirm(?:an?|ó|aron)|coment(?:an?|ó|aron)|señal(?:an?|ó|aron)|confes(?:ó|aron)|confiesan?|exclam(?:an?|ó|aron)|insist(?:en?|ió|ieron)|grit(?:an?|ó|aron)|susurr(?:an?|ó)|declar(?:an?|ó|aron)|resum(?:en?|ió)|concluy(?:en?|ó)|reclam(?:an?|ó|aron)|pid(?:en?|ió|ieron)|narr(?:an?|ó)|expres(?:an?|ó|aron)|manifest(?:ó|aron)|sostienen?|asegur(?:an?|ó|aron)|lament(?:an?|ó)|protest(?:an?|ó)|repit(?:en?|ió)|contest(?:an?|ó|aron)|coincid(?:en?|ió|ieron)|reconoc(?:en?|ió|ieron)|advirti(?:ó|eron)|precis(?:an?|ó)|reconna[iî]t|reconnaissent)\b";

/// What makes the child somebody else's subject: their rights, their teacher, their minister.
static BELONGINGS: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)^(?: s?'s?\b(?:\s+(?P<own>own|notes?|letters?|drawings?|poems?|messages?|words?|voices?|diary|essays?|answers?|testimony|questions?|postcards?|posters?|signs?|placards?))? | [-\s]+(?:rights?|protection|welfare|workers?|officers?|commissioner|ombuds\w*|advocates?|activists?|psycholog\w+|minister|ministry|care|labou?r|services?|fund|foundation|network|coalition|organi[sz]ations?|wing|affairs|experts?|specialists?|participation|friendly|led|centred|hood|marriages?|act|code|bill|law|budgets?|report|helpline|delegate\s+programme)\b )",
    )
});

/// What stands before a child that is not who speaks: of, for, about, to, with.
static OBJECT: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)(?:^|[\s(])(?: (?:of|for|to|with|about|by|on|among|against|between|towards?|regarding|concerning|told|tells|asked|asks|taught|reminded|teachers?|mothers?|fathers?|parents?
          | des|de|du|aux?|à|pour|avec|sur|par|chez|entre|contre
          | para|con|sobre|por|entre|contra|a(?:\s+(?:los?|las?|un[ao]?s?|sus?|tod[ao]s|nuestr[ao]s|estos|estas|otr[ao]s))|al|del )\b | d' ) \s* (?:(?:the|these|those|all|many|our|their|its|young|every|each|any|les|ces|tous|toutes|leurs|nos|las|los|estos|estas|todos|todas|sus|nuestros|nuestras|other|les\s+autres|l'|le|la|el|une?|una|an?|\d+|two|three|four|five|six|deux|trois|quatre|cinq|dos|tres|cuatro|cinco)\s+){0,3} (?:[\p{L}\-]+\s+){0,1} $",
    )
});

/// One or some of the children speak.
static ONE_OF: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)\b(?:one|two|three|four|another|some|several|many|most|none|group|class|team|panel|une?|deux|trois|plusieurs|certaine?s|groupe|classe|una|uno|dos|tres|varias|varios|algun[ao]s|grupo|clase|letter|note|message|poem|diary|drawing|testimony|statement|words|essay|lettre|mot|dessin|po[eè]me|t[eé]moignage|phrase|carta|nota|mensaje|dibujo|poema|testimonio|palabras) \s* (?:(?:of|by|from|de|des|du)\b|d')\s* (?:(?:an?|une?|una|the|these|those|our|les|ces|las|los|sus|estas|estos|youngest|older|younger|local)\s+){0,3} (?:[\p{L}\-]+\s+){0,2} $",
    )
});

/// Somebody grown up who speaks, beside the child that is spoken of.
static GROWN_UP: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)\b(?:teachers?|ministers?|mothers?|fathers?|parents?|directors?|officers?|activists?|lawyers?|judges?|doctors?|nurses?|delegat\w+|ambassadors?|commissioner|coordinator|workers?|facilitators?|headmaster|headmistress|principal|grandmothers?|grandfathers?|aunts?|uncles?|women|woman|man|men|adults?|presidents?|mayors?|spokes\w+|experts?|rapporteurs?|committee|coalition|report|government|state
          | enseignante?s?|professeure?s?|ministres?|m[eè]res?|p[eè]res?|directrices?|directeurs?|avocate?s?|juges?|m[eé]decins?|femmes?|hommes?|adultes?|pr[eé]sidente?|maire|grand-m[eè]re|comit[eé]|rapport|gouvernement|[eé]ducatrices?|[eé]ducateurs?|responsable|animatrice|animateur
          | maestr[ao]s?|profesor(?:a|es|as)?|ministr[ao]|madres?|padres?|director(?:a|es)?|abogad[ao]|jueza?|m[eé]dic[ao]|mujer(?:es)?|hombres?|adult[ao]s?|president[ae]|alcalde(?:sa)?|abuel[ao]|comit[eé]|informe|gobierno|docentes?|educador(?:a|es)?|facilitador(?:a|es)?|delegad[ao]|coordinador(?:a)?)\b",
    )
});

/// After the speech: the verb, and then who: "… , said a girl of 14", "… , dit Fatou, 12 ans".
static VERB_THEN_WHO: Pattern = LazyLock::new(|| {
    compile(&format!(
        r#"(?x)^[\s,.…!?;:—–-]* (?:[\p{{L}}'’]+\s+){{0,2}}? {VERB} (?<between>[^.!?\n"“«»„]{{0,90}}?) (?<who>{CHILD}|{AGE})"#
    ))
});

/// After the speech: who, and then the verb: "… , a girl of 14 told us".
static WHO_THEN_VERB: Pattern = LazyLock::new(|| {
    compile(&format!(
        r#"(?x)^[\s,.…!?;:—–-]* (?<between>[^.!?\n"“«»„]{{0,60}}?) (?<who>{CHILD}|{AGE}) (?<after>[^.!?\n"“«»„]{{0,70}}?) \b{VERB}"#
    ))
});

/// After the speech and a comma: some verb, and then who, right after an article: "…, regrettent les élèves".
static SOME_VERB: Pattern = LazyLock::new(|| {
    compile(&format!(
        r"(?x)^[\s,]* (?<between>(?:\p{{Ll}}[\p{{Ll}}'-]*\s+){{1,3}} (?:an?|the|one|another|two|some|une?|la|les?|des|una|un|el|los|las|vari[ao]s)\s+ (?:[\p{{L}}\d-]+\s+){{0,2}}?) (?<who>{CHILD}|{AGE})"
    ))
});

/// After the speech: nothing but who, after a dash or in brackets: "… — Girl, 13, Dhaka".
static SIGNED: Pattern = LazyLock::new(|| {
    compile(&format!(
        r#"(?x)^[.…!?,]?\s*(?:[—–(\[~-]+|\n)\s* (?<between>(?:[\p{{L}}'\-]+,?\s+){{0,4}}?[\p{{L}}'\-]*) (?<who>{CHILD}|{AGE})"#
    ))
});

/// After the speech, without any mark: "… Girl, 13, Dhaka".
static SIGNED_PLAINLY: Pattern = LazyLock::new(|| {
    compile(&format!(
        r"^[.…!?,]?\s*(?<who>{CHILD}),?\s+(?:aged\s+|de\s+)?\(?\d{{1,2}}\b"
    ))
});

/// Who was spoken of before says it: after the speech …
static THEY_SAY_AFTER: Pattern = LazyLock::new(|| {
    compile(&format!(
        r"(?xi)^[\s,.…!?;:—–-]* (?: (?:she|he|they|elles?|ils?|ella|él|ellas|ellos)\s+(?:[\p{{L}}']+\s+){{0,2}}?{VERB} | (?:a|ont)(?:-t)?-(?:elles?|ils?)\s+(?:{VERB}|\p{{L}}+[eé]) | {VERB}(?:-t)?[-\s](?:she|he|they|elles?|ils?|ella|él)\b | {VERB}(?:\s+(?-i:\p{{Ll}}+)){{0,3}}\s*(?:[.,;]|$) )"
    ))
});

/// … or before it.
static THEY_SAY_BEFORE: Pattern = LazyLock::new(|| {
    compile(&format!(
        r#"(?xi)\b(?: she|he|they|elles?|ils?|ella|él|ellas|ellos)\b [^.!?\n"“«»„]{{0,60}}? \b{VERB} [^.!?\n"“«»„]{{0,40}}? [\s:,—–-]*$"#
    ))
});

/// What stands before a single one.
static SINGLE: Pattern = LazyLock::new(|| compile(r"(?i)\b(?:an?|une?|una|the|her|his|su|sa)\s+(?:[\p{L}-]+\s+)?$"));

/// A child who is spoken of.
static SOMEBODY: Pattern = LazyLock::new(|| {
    compile(&format!(
        r"(?<who>{CHILD}|{AGE}|(?i:\b(?:is|was|turned|a|avait|est|tiene|ten[ií]a|cumpli[oó])\s+(?:only\s+|just\s+|now\s+)?(?:[4-9]|1[0-7])\b\s*(?:years|ans|a[nñ]os|and|[.,;])))"
    ))
});

/// Before the speech: who, and then the verb: "A girl of 14 said:".
static WHO_SAYS: Pattern = LazyLock::new(|| {
    compile(&format!(
        r#"(?x)(?<who>{CHILD}|{AGE}) (?<after>[^!?\n"“«»„]{{0,90}}?) \b{VERB} [^!?\n"“«»„]{{0,50}}? [\s:,—–-]*$"#
    ))
});

/// Before the speech: in whose words.
static IN_WORDS_OF: Pattern = LazyLock::new(|| {
    compile(&format!(
        r#"(?xi)(?<said>in\s+the\s+words\s+of|according\s+to|to\s+quote|quoting|words?\s+of|selon|d'apr[eè]s|(?:avec|dans)\s+les\s+mots\s+d[e'u]|pour\s+reprendre\s+les\s+mots\s+d[e']|comme\s+(?:l'|le\s+|nous\s+)?(?:a\s+)?(?:dit|disait|explique|expliqu[eé]|raconte|r[eé]sume|[eé]crit)|seg[uú]n|en\s+palabras\s+de|como\s+(?:nos\s+|lo\s+)?(?:dijo|dice|explic[oó]|explica|cont[oó]|cuenta|resumi[oó]|expres[oó]|escribi[oó])|dij[oe]r?o?n?|cuenta|explica|recuerda|escribi[oó]|pregunt[oó]|raconte|confie|demande|t[eé]moigne|[eé]crit) (?<between>[^.!?\n"“«»„]{{0,60}}?) (?<who>{CHILD}|{AGE}) [^.!?\n"“«»„]{{0,60}}? [\s:,—–-]*$"#
    ))
});

/// Before the speech, right before it and without a verb: "Girl, 13:", "Une élève de 5e :".
static SPEAKER: Pattern = LazyLock::new(|| {
    compile(&format!(
        r#"(?x)(?:^|[.!?\n]\s*) (?<between>(?:[\p{{L}}'\-]+,?\s+){{0,4}}?[\p{{L}}'\-]*) (?<who>{CHILD}|{AGE}) [^.!?:\n"“«»„]{{0,50}} [:?]\s*$"#
    ))
});

/// Speech between quotation marks that the text attributes to a child or children: a noun such as girl, élève or niño, or an
/// age from 4 to 17, beside a verb of saying or as a signature. Left alone: quoted titles, terms and laws, speech of grown-ups
/// also where they speak of or to children, reported speech without marks.
pub fn quoted_children(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut before_end = 0;
    let quotes = quotes(text);
    for (index, (start, end)) in quotes.iter().copied().enumerate() {
        let inner = text.get(start..end).unwrap_or_default();
        let next = quotes.get(index + 1).map_or(text.len(), |quote| quote.0);
        let before = last_bytes(text.get(before_end..start).unwrap_or_default(), AROUND);
        let after = first_bytes(text.get(end..next).unwrap_or_default(), AROUND);
        let goes_on = index > 0
            && found.last().map(|last| last.1) == quotes.get(index - 1).map(|quote| quote.1)
            && is_one_sentence(without_marks(before));
        if is_speech(inner) && (goes_on || is_childs(without_marks(before), inner, without_marks(after))) {
            found.push((start, end));
        }
        before_end = end;
    }
    found
}

/// The spans within quotation marks, in order.
fn quotes(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut place = 0;
    while let Some((start, closing)) = opening(text, place) {
        let window = first_bytes(text.get(start..).unwrap_or_default(), LONGEST);
        // Speech does not go on over paragraphs.
        let window = window.split("\n\n").next().unwrap_or_default();
        match close(window, closing) {
            Some(length) => {
                found.push((start, start + length));
                place = start + length + closing.first().map_or(1, |sign| sign.len_utf8());
            }
            None => place = start,
        }
    }
    found
}

/// The next opening mark: the place after it, and the marks that close it.
fn opening(text: &str, from: usize) -> Option<(usize, &'static [char])> {
    let rest = text.get(from..)?;
    let mut previous = text.get(..from).and_then(|before| before.chars().next_back());
    for (at, sign) in rest.char_indices() {
        let after = from + at + sign.len_utf8();
        let next = text.get(after..).and_then(|rest| rest.chars().next());
        let at_start =
            previous.is_none_or(|previous| !previous.is_alphanumeric() && !matches!(previous, '.' | ',' | '!' | '?'));
        let before_word =
            next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '¡' | '¿' | '…' | '.' | '['));
        let closing: Option<&'static [char]> = match sign {
            '“' | '„' => Some(&['"', '“']),
            '«' => Some(&['»']),
            '"' if at_start && before_word => Some(&['"']),
            '\'' if at_start && before_word => Some(&['\'']),
            _ => None,
        };
        if let Some(closing) = closing {
            return Some((after, closing));
        }
        previous = Some(sign);
    }
    None
}

/// Where a speech ends in what follows its opening mark.
fn close(window: &str, closing: &[char]) -> Option<usize> {
    let mut previous = None;
    for (at, sign) in window.char_indices() {
        let next = window.get(at + sign.len_utf8()..).and_then(|rest| rest.chars().next());
        // An apostrophe stands between letters.
        let apostrophe = sign == '\'' && next.is_some_and(char::is_alphanumeric);
        if closing.contains(&sign) && !apostrophe && previous.is_some() {
            return Some(at);
        }
        previous = Some(sign);
    }
    None
}

/// Whether the words within quotation marks are speech rather than a term.
fn is_speech(inner: &str) -> bool {
    let words = inner
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count();
    words >= 3 || (words > 0 && inner.trim_end().ends_with(['!', '?', '.', ',']))
}

/// Without the marks and the space at both ends.
fn without_marks(text: &str) -> &str {
    text.trim_matches(|sign: char| matches!(sign, '"' | '“' | '„' | '«' | '»' | '\'' | '\u{a0}') || sign == ' ')
}

/// Whether what stands between two pieces of speech goes on without a new sentence.
fn is_one_sentence(between: &str) -> bool {
    !between.contains(['.', '!', '?', '\n'])
        || between.ends_with([',', ':', '.'])
            && !between
                .get(..between.len() - 1)
                .unwrap_or_default()
                .contains(['.', '!', '?', '\n'])
}

fn is_childs(before: &str, inner: &str, after: &str) -> bool {
    let sentence = last_sentence(before);
    let says = |pattern: &Pattern, text: &str| {
        pattern.captures_iter(text).any(|captures| {
            let (Some(whole), Some(who)) = (captures.get(0), captures.name("who")) else {
                return false;
            };
            let around = |group: &str| captures.name(group).map_or("", |found| found.as_str());
            // "In the words of" leads to who speaks; elsewhere such words lead away from it.
            let from = match (captures.name("said"), captures.name("between")) {
                (Some(said), _) => said.end(),
                (None, Some(_)) => whole.start(),
                (None, None) => 0,
            };
            let lead = text.get(from..who.start()).unwrap_or_default();
            let rest = text.get(who.end()..).unwrap_or_default();
            is_subject(lead, rest) && !grown_up_speaks(around("between")) && !grown_up_speaks(around("after"))
        })
    };
    says(&VERB_THEN_WHO, after)
        || says(&WHO_THEN_VERB, after)
        || (ends_in_speech(inner, after) && says(&SOME_VERB, after))
        || says(&SIGNED, after)
        || says(&WHO_SAYS, sentence)
        || says(&IN_WORDS_OF, sentence)
        || says(&SPEAKER, sentence)
        || says(&SIGNED_PLAINLY, after)
        || ((THEY_SAY_AFTER.is_match(after) || THEY_SAY_BEFORE.is_match(sentence))
            && !grown_up_speaks(before)
            && !grown_up_speaks(first_sentence(after))
            && somebody(before))
}

/// Whether a grown-up is named who is not only spoken of.
fn grown_up_speaks(text: &str) -> bool {
    GROWN_UP
        .find_iter(text)
        .any(|found| !OBJECT.is_match(text.get(..found.start()).unwrap_or_default()))
}

/// Whether the child is who speaks, by what stands before and after the word for it.
fn is_subject(lead: &str, rest: &str) -> bool {
    if BELONGINGS
        .captures(rest)
        .is_some_and(|captures| captures.name("own").is_none())
    {
        return false;
    }
    ONE_OF.is_match(lead) || !OBJECT.is_match(lead)
}

/// Whether a sentence goes on after the quotation as it does after speech.
fn ends_in_speech(inner: &str, after: &str) -> bool {
    inner.trim_end().ends_with([',', '!', '?', '…']) || after.starts_with(',')
}

/// Whether a child is spoken of, who then speaks: whoever is who speaks, or a single one in any part.
fn somebody(before: &str) -> bool {
    SOMEBODY.captures_iter(before).any(|captures| {
        let Some(who) = captures.name("who") else { return false };
        let (lead, rest) = (
            before.get(..who.start()).unwrap_or_default(),
            before.get(who.end()..).unwrap_or_default(),
        );
        SINGLE.is_match(lead) && !BELONGINGS.is_match(rest) || is_subject(lead, rest)
    })
}

fn first_sentence(text: &str) -> &str {
    text.split_inclusive(['.', '!', '?', '\n']).next().unwrap_or_default()
}

/// What stands after the last end of a sentence; an abbreviation ends none.
fn last_sentence(text: &str) -> &str {
    let mut start = 0;
    let signs: Vec<(usize, char)> = text.char_indices().collect();
    for window in signs.windows(3) {
        let [(_, sign), (_, space), (at, next)] = window else {
            continue;
        };
        if matches!(sign, '.' | '!' | '?' | '\n') && space.is_whitespace() && next.is_uppercase() {
            start = *at;
        }
    }
    text.get(start..).unwrap_or_default()
}
