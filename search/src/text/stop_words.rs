//! Words that say nothing about what is sought: articles, pronouns, forms of *to be*, question words.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fold::fold;
use super::language::primary_subtag;
use super::words::Word;

/// The lists, folded.
static FOLDED: LazyLock<Vec<(&str, HashSet<String>)>> = LazyLock::new(|| {
    LISTS
        .iter()
        .map(|(code, list)| (*code, list.split(' ').map(fold).collect()))
        .collect()
});

/// Languages with a list.
const LISTS: [(&str, &str); 8] = [
    (
        "en",
        "a about after all also am an and any are as at be because been before being between both but by can could did \
         do does doing during each for from had has have having he her hers him his how i if in into is it its itself \
         just may me might more most my no nor not of on once one only or other our out over own s same shall she \
         should so some such t than that the their them then there these they this those through to too under until up \
         upon very was we were what when where whether which while who whom whose why will with would you your",
    ),
    (
        "fr",
        "a afin ai aux avec au aussi autre autres avait avoir c ce cela ces cet cette ceux chez comme comment d dans de \
         des donc dont du elle elles en est et etaient etait etant ete etre eu eux il ils j je l la laquelle le lequel \
         les lesquels leur leurs lors lui m ma mais me mes moi mon n ne ni nos notre nous on ont ou par pas pendant peu \
         peut plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si son sont sous \
         sur t ta te tes toi ton tous tout toute toutes tu un une vers vos votre vous y",
    ),
    (
        "es",
        "a al algo algun alguna algunas algunos ante antes aquel aquella como con contra cual cuales cuando cuanta \
         cuantas cuanto cuantos de del desde donde dos durante e el ella ellas ellos en entre era eran es esa esas ese \
         eso esos esta estaba estan estar estas este esto estos fue fueron ha habia han hasta hay la las le les lo los \
         mas me mi mientras mis mucho muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero \
         por porque que quien quienes se sea ser si sido sin sobre son su sus tambien tanto te tiene tienen todo todos \
         tras tu tus u un una unas uno unos usted y ya yo",
    ),
    (
        "pt",
        "a ao aos aquela aquele as ate com como da das de dela dele deles depois do dos e ela elas ele eles em entre \
         era eram essa esse esta estao estas este estes eu foi foram ha isso isto ja lhe mais mas me mesmo meu minha \
         muito na nao nas nem no nos nossa nosso num numa o onde os ou para pela pelas pelo pelos por porque qual quais \
         quando que quem quanto quantos se sem ser seu seus so sua suas sao tambem te tem um uma umas uns voce",
    ),
    (
        "ru",
        "а без бы был была были было быть в вам вас весь во вот все всего всех вы где да для до его ее если есть еще же \
         за здесь и из или им их к как какая какие какой ко когда которая которого которой которые который кто ли либо \
         между мне может мы на над надо наш не него нее нет ни них но ну о об однако он она они оно от перед по под при \
         с со сколько так также такой там те тем то того тоже той только том ты у уже хотя чего чей чем что чтобы это \
         этого этой этом этот я",
    ),
    (
        "ar",
        "ان او الى الا التي الذي الذين اذا اي ايضا اين بعد بعض بها به بين تكون تلك ثم حتى حول حيث خلال ذلك عن عند \
         عندما على عليها عليه غير في فيها فيه قبل قد كان كانت كل كم كما كيف لا لدي لم لها له لماذا لن ليس ما متي مع من منذ \
         منها منه نحو هذا هذه هل هم هنا هناك هو هي و يكون",
    ),
    (
        "de",
        "als am an auch auf aus bei bis das dass dem den der des die doch du durch ein eine einem einen einer eines er \
         es fur hat haben hatte ich ihr im in ist ja kann man mit nach nicht noch nur oder ohne sein sich sie sind so \
         uber um und uns unter vom von vor war waren warum was welche welcher wenn wer werden wie wir wird wo zu zum zur",
    ),
    (
        "it",
        "a ad ai al alla alle anche c che chi ci come con cosa cui d da dagli dal dalla dalle dei del della delle di \
         dove e ed era erano essere fu gli ha hanno i il in io l la le lei lo loro ma mi ne nei nel nella nelle noi non \
         o per perche piu quale quali quando quanti quanto quella quello questa questo se si sono sua sul sulla suo tra \
         un una uno",
    ),
];

/// Stop words of one language that mean something in another: `UN` and `EU` beside the French and Portuguese articles and
/// pronouns, *war* beside the German verb, *general comment* beside the French question word. They are left out only in company of
/// another stop word of their language, or where the reader's language says so.
const HOMOGRAPHS: [&str; 10] = ["come", "comment", "eu", "man", "non", "plus", "sin", "son", "un", "war"];

/// Which of the words of a query are stop words. The language is the one that most of them belong to; `hint` decides
/// between equals and counts as one word. A query of nothing else has no stop words: it means what it says.
#[must_use]
pub fn stop_words(query: &[Word], hint: Option<&str>) -> Vec<bool> {
    let hint = hint.map(primary_subtag);
    let mut best: Option<(usize, Vec<bool>)> = None;
    for (code, list) in FOLDED.iter() {
        let found: Vec<bool> = query.iter().map(|word| list.contains(&word.folded)).collect();
        let hinted = hint.as_deref() == Some(*code);
        if !hinted && !query.iter().any(|word| is_sure(list, word)) {
            continue;
        }
        let count = found.iter().filter(|is_stop| **is_stop).count();
        let score = count * 2 + usize::from(hinted && count > 0);
        if count > 0 && best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, found));
        }
    }
    match best {
        Some((_, found)) if found.iter().any(|is_stop| !is_stop) => found,
        _ => vec![false; query.len()],
    }
}

fn is_sure(list: &HashSet<String>, word: &Word) -> bool {
    list.contains(&word.folded) && !HOMOGRAPHS.contains(&&*word.folded)
}

/// The first of these languages in which a text is made of nothing but stop words that mean nothing elsewhere.
#[must_use]
pub fn language_of_stop_words<'a>(text: &[Word], languages: &[&'a str]) -> Option<&'a str> {
    let says_nothing = |language: &&str| {
        FOLDED
            .iter()
            .any(|(code, list)| code == language && text.iter().all(|word| is_sure(list, word)))
    };
    languages
        .iter()
        .copied()
        .find(|language| !text.is_empty() && says_nothing(language))
}

/// Every stop word of one language, for an engine that keeps lists of its own.
#[must_use]
pub fn list(language: &str) -> Vec<&'static str> {
    let primary = primary_subtag(language);
    LISTS
        .iter()
        .filter(|(code, _)| *code == primary)
        .flat_map(|(_, list)| list.split(' '))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::{LISTS, language_of_stop_words, stop_words};
    use crate::text::words::words;

    fn content(query: &str) -> Vec<String> {
        let query = words(query);
        let stops = stop_words(&query, None);
        query
            .into_iter()
            .zip(stops)
            .filter(|(_, is_stop)| !is_stop)
            .map(|(word, _)| word.folded)
            .collect()
    }

    #[test]
    fn questions_keep_what_they_are_about() {
        assert_eq!(content("What are the rights of a child?"), ["rights", "child"]);
        assert_eq!(content("¿Cuáles son los derechos del niño?"), ["derechos", "nino"]);
        assert_eq!(content("Quels sont les droits de l'enfant ?"), ["droits", "enfant"]);
    }

    #[test]
    fn a_word_that_means_something_in_another_language_is_kept_without_company_of_its_own() {
        assert_eq!(content("war children"), ["war", "children"]);
        assert_eq!(content("general comment"), ["general", "comment"]);
        assert_eq!(content("UN reports"), ["un", "reports"]);
        assert_eq!(content("comment dénoncer la violence"), ["denoncer", "violence"]);
        assert_eq!(content("un rapport sur les enfants"), ["rapport", "enfants"]);
    }

    #[test]
    fn a_query_of_stop_words_only_means_what_it_says() {
        assert_eq!(content("to be or not to be").len(), 6);
        assert_eq!(content("who").len(), 1);
    }

    #[test]
    fn a_text_is_made_of_stop_words_only_where_all_of_it_are_of_one_language() {
        let found = |text: &str| language_of_stop_words(&words(text), &["en", "fr", "ru"]);
        assert_eq!(found("the"), Some("en"));
        assert_eq!(found("Même pas"), None);
        assert_eq!(found("pour tous"), Some("fr"));
        assert_eq!(found("не было"), Some("ru"));
        for text in ["war", "UN", "right to be heard", "the pour", "?!", ""] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn no_word_stands_twice_in_a_list() {
        for (code, list) in LISTS {
            let all: Vec<&str> = list.split(' ').collect();
            let different: HashSet<&str> = all.iter().copied().collect();
            assert_eq!(all.len(), different.len(), "{code}");
            assert!(!different.contains(""), "{code}");
        }
    }

    proptest! {
        #[test]
        fn something_is_always_left_to_search_for(text in "\\PC{1,60}") {
            let query = words(&text);
            let stops = stop_words(&query, Some("en"));
            prop_assert_eq!(stops.len(), query.len());
            prop_assert!(query.is_empty() || stops.iter().any(|is_stop| !is_stop));
        }
    }
}
