//! What every engine promises, as one suite that each of them passes.
//!
//! The embedded engine is always tested. Meilisearch is tested when `PRAXIS_TEST_MEILISEARCH_URL` is set (and
//! `PRAXIS_TEST_MEILISEARCH_KEY`, if the server wants a key); otherwise the run says that this half was skipped.

#![expect(clippy::expect_used, reason = "a test that can't go on says why and fails")]

#[path = "conformance/facets.rs"]
mod facets;
#[path = "conformance/fixture.rs"]
mod fixture;
#[path = "conformance/help.rs"]
mod help;
#[path = "conformance/input.rs"]
mod input;
#[path = "conformance/language.rs"]
mod language;
#[path = "conformance/percolation.rs"]
mod percolation;
#[path = "conformance/ranking.rs"]
mod ranking;
#[path = "conformance/writing.rs"]
mod writing;

/// Makes of each behaviour a test for each engine.
macro_rules! conformance {
    ($($subject:ident: $($behaviour:ident),+ $(,)?;)+) => {
        mod embedded {
            $(mod $subject { $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    let folder = tempfile::tempdir().expect("a folder");
                    let index = praxis_search::EmbeddedIndex::open(folder.path()).expect("opens");
                    crate::$subject::$behaviour(&index).await;
                }
            )+ })+
        }

        mod meilisearch {
            $(mod $subject { $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    if let Some(server) = crate::fixture::Server::of_environment() {
                        crate::$subject::$behaviour(&server.index).await;
                        server.clean_up().await;
                    }
                }
            )+ })+
        }
    };
}

conformance! {
    ranking:
        a_word_in_the_title_ranks_over_the_summary_over_the_body,
        an_exact_word_ranks_over_a_beginning_over_a_misspelling,
        among_equals_strong_evidence_comes_first_and_then_the_latest,
        documents_with_all_words_are_the_only_hits_when_there_are_any,
        the_newest_come_first_when_asked_so,
        the_strongest_come_first_when_asked_so_and_those_without_strength_last,
        pages_follow_each_other_without_gaps_and_totals_are_exact,
        rare_words_beside_frequent_ones_find_what_has_them,
        the_rare_words_of_a_sentence_decide_among_many_documents,
        what_has_the_query_as_its_whole_title_comes_first_in_the_order_of_relevance,
        an_acronym_finds_first_what_is_called_so;
    language:
        case_and_accents_do_not_matter,
        a_query_finds_other_forms_of_its_words_in_every_language,
        arabic_and_cyrillic_are_searched_like_latin,
        hyphenated_and_compound_words_find_each_other,
        symbols_of_documents_are_found,
        the_last_word_may_be_unfinished,
        a_single_letter_is_a_word_and_no_beginning,
        a_document_in_several_languages_is_one_hit,
        synonyms_work_both_ways_at_once_and_can_be_taken_back,
        questions_are_answered_by_their_content_words;
    help:
        a_misspelt_word_is_corrected_and_the_answer_says_so,
        numbers_are_never_corrected,
        words_are_left_out_only_when_nothing_has_them_all_and_the_answer_says_so,
        highlights_mark_the_words_in_every_field_and_escape_the_rest,
        highlights_show_the_language_that_matched,
        highlights_of_long_texts_never_cut_a_word,
        an_explanation_names_for_each_word_the_best_that_answers_it_and_where,
        hits_are_explained_only_on_demand,
        suggestions_complete_titles_in_any_language,
        suggestions_begin_with_what_was_typed_and_the_latest_first,
        suggestions_forgive_typing_errors,
        similar_documents_share_words_and_themes_and_never_include_the_document_itself,
        words_written_as_one_are_explained_and_marked_by_the_words_that_they_join,
        phrases_that_mean_the_same_are_marked_as_wholes_only,
        suggestions_know_what_means_the_same;
    facets:
        every_condition_of_a_filter_must_hold,
        an_empty_list_of_values_matches_nothing,
        filters_on_strength_years_and_children_work,
        versions_for_children_are_counted_whatever_the_filter_says_of_them,
        facets_are_counted_without_their_own_filter,
        facet_values_come_by_count_then_name_without_zeros,
        filter_values_are_never_read_as_operators;
    writing:
        a_new_index_has_no_position_and_no_documents,
        changes_are_visible_and_the_position_is_kept_when_apply_returns,
        an_older_revision_never_replaces_a_newer_one,
        changes_are_applied_in_order,
        a_deleted_document_is_gone_from_everything,
        a_rebuild_is_invisible_until_it_is_finished_and_then_replaces_everything,
        a_rebuild_that_is_dropped_leaves_no_trace,
        searches_never_fail_during_a_rebuild,
        changes_after_a_rebuild_wait_until_the_position_was_read,
        a_healthy_index_says_so;
    input:
        odd_queries_have_a_defined_answer,
        very_long_queries_have_a_defined_answer,
        operators_and_quotes_have_no_meaning,
        odd_texts_can_be_indexed_and_found,
        odd_prefixes_have_a_defined_answer,
        paging_beyond_the_end_is_an_empty_page,
        queries_of_which_only_some_pairs_of_characters_are_known_are_answered;
}
