//! The words that a minor change must leave alone.
//!
//! Kept, with the words beside them and all marks on them: whatever is not plain words (numbers, links, addresses, formulas),
//! negations, words of number, and words that say how much, how often and whether it must be. No word may turn into its
//! opposite by a prefix, and no name may come in: a new word with a capital letter must mend one that stood there.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::distance::within;

/// The languages whose negations and numbers are known here; a change of a text in another one is never minor.
const LANGUAGES: [&str; 4] = ["en", "es", "fr", "pt"];

/// Negations, in all languages together: a text may quote another one.
const NEGATIONS: &str = "not no never none nor neither nobody nothing nowhere cannot without hardly barely \
    ne n pas non jamais aucun aucune ni rien nul nulle sans personne guère point \
    nunca jamás ningún ninguno ninguna tampoco nada nadie sin \
    não nem nenhum nenhuma ninguém jamais sem tampouco";

/// Words of number.
const NUMBERS: &str = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands \
    million millions billion billions half third quarter dozen once twice double triple first second \
    deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante \
    soixante cent cents mille milliard milliards moitié tiers quart douzaine premier première deuxième \
    dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince veinte treinta cuarenta cincuenta \
    sesenta setenta ochenta noventa cien ciento cientos mil millón millones mitad tercio cuarto doble primero primera \
    dois duas três quatro sete oito nove dez onze doze treze quinze vinte trinta quarenta cinquenta cem cento centenas \
    milhão milhões metade terço dobro primeiro primeira";

/// Words that say how much, how often, and whether it must be.
const DEGREES: &str = "all every each any some many few most more less least fewer only both always often sometimes rarely \
    must may might shall should can could will would except unless until before after if but \
    tous toutes tout toute chaque certains certaines plusieurs plus moins seul seuls seule seules seulement toujours souvent \
    parfois doit doivent peut peuvent devrait pourrait sauf avant après si mais \
    todos todas todo toda cada algunos algunas muchos muchas pocos pocas más menos solo sólo siempre veces debe deben puede \
    pueden debería podría salvo excepto antes después pero \
    alguns algumas muitos muitas poucos poucas mais só apenas sempre deve devem pode podem deveria poderia exceto depois mas";

/// All of these.
static STAYING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lists = [NEGATIONS, NUMBERS, DEGREES];
    lists.into_iter().flat_map(str::split_whitespace).collect()
});

/// Prefixes that turn a word into its opposite, or into that of another.
const TURNING: [&str; 26] = [
    "un", "in", "im", "il", "ir", "i", "dis", "des", "dés", "de", "dé", "non", "mis", "mal", "anti", "contra", "a",
    "ab", "ex", "pre", "pré", "post", "over", "under", "sub", "sur",
];
/// The shortest rest of a word that a prefix is taken from.
const STEM: usize = 4;
/// Most characters in which a word with a capital letter may differ from the one that it mends.
const MENDED: usize = 2;

/// Whether texts in the language can be judged.
pub fn are_known(language: &str) -> bool {
    let base = language.split('-').next().unwrap_or_default();
    LANGUAGES.iter().any(|known| known.eq_ignore_ascii_case(base))
}

/// Whether nothing that must stay has changed between two texts.
pub fn mean_the_same(before: &str, after: &str) -> bool {
    let before: Vec<Word<'_>> = before.split_whitespace().map(Word::of).collect();
    let after: Vec<Word<'_>> = after.split_whitespace().map(Word::of).collect();
    if kept(&before) != kept(&after) {
        return false;
    }
    let gone = beyond(&before, &after);
    let new = beyond(&after, &before);
    new.iter().all(|word| {
        gone.iter().all(|old| !turned(&old.folded, &word.folded))
            && (word.begins_small() || gone.iter().any(|old| mends(&old.folded, &word.folded)))
    })
}

/// What stands between two spaces.
struct Word<'a> {
    /// As it stands there.
    whole: &'a str,
    /// Without the marks around it.
    core: &'a str,
    /// That in lower case, with one kind of apostrophe.
    folded: String,
}

impl<'a> Word<'a> {
    fn of(whole: &'a str) -> Self {
        let core = whole.trim_matches(is_mark);
        Self {
            whole,
            core,
            folded: core.to_lowercase().replace('’', "'"),
        }
    }

    fn begins_small(&self) -> bool {
        self.core.is_empty() || self.core.chars().next().is_some_and(char::is_lowercase)
    }

    fn must_stay(&self) -> bool {
        let plain = |character: char| character.is_alphabetic() || matches!(character, '-' | '\'' | '’');
        !self.core.chars().all(plain)
            || self.folded.ends_with("n't")
            || self.folded.split(['-', '\'']).any(|part| STAYING.contains(part))
    }
}

/// Marks that stand around plain words.
fn is_mark(character: char) -> bool {
    matches!(
        character,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '¿'
            | '¡'
            | '…'
            | '\''
            | '"'
            | '‘'
            | '’'
            | '“'
            | '”'
            | '«'
            | '»'
            | '('
            | ')'
            | '-'
            | '–'
            | '—'
            | '*'
            | '_'
    )
}

/// What must stay, each with the words beside it.
fn kept<'a>(words: &'a [Word<'a>]) -> Vec<(Option<&'a str>, &'a str, Option<&'a str>)> {
    let beside = |index: Option<usize>| {
        index
            .and_then(|index| words.get(index))
            .map(|word| word.folded.as_str())
    };
    words
        .iter()
        .enumerate()
        .filter(|(_, word)| word.must_stay())
        .map(|(index, word)| (beside(index.checked_sub(1)), word.whole, beside(Some(index + 1))))
        .collect()
}

/// The words of a text that another one has not, or not as often.
fn beyond<'a>(words: &'a [Word<'a>], others: &[Word<'_>]) -> Vec<&'a Word<'a>> {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for other in others {
        *left.entry(other.folded.as_str()).or_default() += 1;
    }
    words
        .iter()
        .filter(|word| match left.get_mut(word.folded.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect()
}

/// Whether two different words are the same but for a prefix that turns it.
fn turned(one: &str, other: &str) -> bool {
    let stems = |word: &str| -> Vec<String> {
        let stems = TURNING.iter().filter_map(|prefix| word.strip_prefix(prefix));
        stems
            .map(|stem| stem.trim_start_matches('-').to_owned())
            .chain([word.to_owned()])
            .filter(|stem| stem.chars().count() >= STEM)
            .collect()
    };
    let others = stems(other);
    stems(one).iter().any(|stem| others.contains(stem))
}

/// Whether a word differs from another as a misspelt one does from the right one.
fn mends(old: &str, new: &str) -> bool {
    let old: Vec<char> = old.chars().collect();
    let new: Vec<char> = new.chars().collect();
    old.len() > 2 * MENDED && within(&old, &new, MENDED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_does_not_turn_into_its_opposite() {
        for (one, other) in [
            ("lawful", "unlawful"),
            ("accessible", "inaccessible"),
            ("increase", "decrease"),
            ("included", "excluded"),
            ("égalité", "inégalité"),
            ("legal", "ilegal"),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                let text = |word: &str| format!("the plan was {word} there");
                assert!(!mean_the_same(&text(one), &text(other)), "{one} {other}");
            }
        }
        assert!(mean_the_same(
            "the plan was infromed there",
            "the plan was informed there"
        ));
    }

    #[test]
    fn what_is_no_plain_word_stays_with_its_marks() {
        for (one, other) in [
            ("cost 5%", "cost 5"),
            ("a < b", "a > b"),
            ("see a@b", "see a@c"),
            ("in and/or out", "in and or out"),
            ("by ½ more", "by more"),
            ("a\u{202e}b c", "ab c"),
        ] {
            assert!(!mean_the_same(one, other), "{one} {other}");
        }
    }
}
