//! What was found out about one state of the index, kept for whoever asks the same again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Answers by question, so many of them. The index changes seldom beside how often it is searched, and people search for the same.
pub struct Kept<Question, Answer, const MOST: usize = 4_096>(Mutex<HashMap<Question, Arc<Answer>>>);

impl<Question, Answer, const MOST: usize> Default for Kept<Question, Answer, MOST> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Question: Eq + Hash, Answer, const MOST: usize> Kept<Question, Answer, MOST> {
    /// The answer to a question, if it was kept.
    pub fn get(&self, question: &Question) -> Option<Arc<Answer>> {
        self.kept().get(question).map(Arc::clone)
    }

    /// The answer to a question, found out if it was not kept. Two who ask the same at once may both find it out.
    pub fn answer<Error>(
        &self,
        question: Question,
        find_out: impl FnOnce(&Question) -> Result<Answer, Error>,
    ) -> Result<Arc<Answer>, Error> {
        if let Some(kept) = self.get(&question) {
            return Ok(kept);
        }
        let answer = Arc::new(find_out(&question)?);
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(question, Arc::clone(&answer));
        Ok(answer)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Question, Arc<Answer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn an_answer_is_found_out_once_and_the_number_of_answers_is_bounded() {
        const MOST: usize = 16;
        let kept: Kept<usize, usize, MOST> = Kept::default();
        let ask = |question: usize| {
            kept.answer(question, |question| Ok::<_, Infallible>(question + 1))
                .unwrap()
        };
        assert!(Arc::ptr_eq(&ask(1), &ask(1)));
        for question in 0..3 * MOST {
            assert_eq!(*ask(question), question + 1);
            assert!(kept.kept().len() <= MOST);
        }
    }

    #[test]
    fn a_question_that_failed_is_asked_again() {
        let kept: Kept<u8, u8> = Kept::default();
        assert_eq!(kept.answer(1, |_| Err("away")).err(), Some("away"));
        assert_eq!(kept.answer(1, |_| Ok::<_, Infallible>(2)).map(|answer| *answer), Ok(2));
    }
}
