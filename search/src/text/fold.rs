//! Folding: the form of a word without case, accents, vowel signs and look-alikes.

use unicode_normalization::UnicodeNormalization;

/// The form in which words are compared: lower case, without accents, with letters that readers take for the same
/// written the same way (`é` and `e`, `ё` and `е`, `أ` and `ا`, `٣` and `3`).
///
/// Folding a folded word changes nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    // Almost every word is plain ASCII, for which none of the rest does anything.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    // Lower-casing first and again after decomposition: some compatibility forms decompose to capitals.
    for character in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        fold_character(character, &mut folded);
    }
    folded.nfc().collect()
}

/// Lower case in composed form: what the stemmers expect, with accents still there.
#[must_use]
pub fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc()
        .filter(|&character| !is_ignorable(character))
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

/// Whether the character is invisible inside a word: soft hyphens, joiners, the Arabic stretching mark.
#[must_use]
pub fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{0640}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{FE0E}' | '\u{FE0F}'
    )
}

/// Whether the character is an accent or a vowel sign that readers leave out. Marks of scripts in which they carry the
/// vowels of ordinary spelling (Devanagari, Tamil, Thai, …) stay.
fn is_optional_mark(character: char) -> bool {
    matches!(
        character,
        '\u{0300}'..='\u{036F}'
            | '\u{0483}'..='\u{0487}'
            | '\u{0591}'..='\u{05BD}'
            | '\u{05BF}'
            | '\u{05C1}'..='\u{05C2}'
            | '\u{05C4}'..='\u{05C7}'
            | '\u{0610}'..='\u{061A}'
            | '\u{064B}'..='\u{065F}'
            | '\u{0670}'
            | '\u{06D6}'..='\u{06DC}'
            | '\u{06DF}'..='\u{06E8}'
            | '\u{06EA}'..='\u{06ED}'
            | '\u{1AB0}'..='\u{1AFF}'
            | '\u{1DC0}'..='\u{1DFF}'
            | '\u{20D0}'..='\u{20FF}'
    )
}

fn fold_character(character: char, folded: &mut String) {
    if is_optional_mark(character) || is_ignorable(character) {
        return;
    }
    match character {
        'ß' => folded.push_str("ss"),
        'æ' => folded.push_str("ae"),
        'œ' => folded.push_str("oe"),
        'ø' => folded.push('o'),
        'đ' | 'ð' => folded.push('d'),
        'þ' => folded.push_str("th"),
        'ł' => folded.push('l'),
        'ħ' => folded.push('h'),
        'ŧ' => folded.push('t'),
        'ı' => folded.push('i'),
        'ŋ' => folded.push('n'),
        'ς' => folded.push('σ'),
        // Endings and letters that Arabic, Persian and Urdu keyboards write with different code points.
        'ى' | 'ی' | 'ې' => folded.push('ي'),
        'ة' | 'ۀ' | 'ە' => folded.push('ه'),
        'ک' => folded.push('ك'),
        'ٱ' => folded.push('ا'),
        '٠'..='٩' => push_digit(character, '٠', folded),
        '۰'..='۹' => push_digit(character, '۰', folded),
        '०'..='९' => push_digit(character, '०', folded),
        '০'..='৯' => push_digit(character, '০', folded),
        _ => folded.push(character),
    }
}

fn push_digit(character: char, zero: char, folded: &mut String) {
    let value = u32::from(character) - u32::from(zero);
    folded.extend(char::from_digit(value, 10));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fold;

    #[test]
    fn accents_case_and_ligatures_do_not_matter() {
        assert_eq!(fold("Éducation"), "education");
        assert_eq!(fold("NIÑOS"), "ninos");
        assert_eq!(fold("Œuvre"), "oeuvre");
        assert_eq!(fold("Straße"), "strasse");
        assert_eq!(fold("ﬁnal"), "final");
    }

    #[test]
    fn cyrillic_and_arabic_spellings_that_readers_take_for_the_same_are_the_same() {
        assert_eq!(fold("Ребёнок"), fold("ребенок"));
        assert_eq!(fold("أطفال"), fold("اطفال"));
        assert_eq!(fold("حِمَايَة"), fold("حمايه"));
        assert_eq!(fold("طفـــل"), fold("طفل"));
        assert_eq!(fold("٢٠١٣"), "2013");
    }

    #[test]
    fn vowel_signs_that_spell_a_word_stay() {
        assert_ne!(fold("बच्चे"), fold("बच्चा"));
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn case_never_matters(text in "[a-zA-Zéèêñüçßа-яА-Я ]{0,40}") {
            prop_assert_eq!(fold(&text.to_uppercase()), fold(&text.to_lowercase()));
        }
    }
}
