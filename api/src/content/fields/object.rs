//! The fields that the API's types of all kinds share, as a macro: it writes the type of a kind.

/// Defines the API's type of a kind: the fields of `Content`, and then its own.
macro_rules! content_object {
    (
        $(#[$meta:meta])*
        $name:ident, $table:ident, $filter:ty,
        withheld: [$($withheld:ident),*], reads: [$($reader:literal => $read:ident),*], { $($own:tt)* }
    ) => {
        #[derive(Clone)]
        $(#[$meta])*
        pub struct $name(std::sync::Arc<$crate::content::row::Row<$name>>);

        impl $crate::content::kind::Kind for $name {
            const KIND: praxis_entities::vocabulary::ContentKind =
                praxis_entities::vocabulary::ContentKind::$name;
            const WITHHELD: &'static [praxis_entities::$table::Column] =
                &[$(praxis_entities::$table::Column::$withheld),*];
            const READS: &'static [(&'static str, praxis_entities::$table::Column)] =
                &[$(($reader, praxis_entities::$table::Column::$read)),*];
            type Table = praxis_entities::$table::Entity;
            type Filter = $filter;

            fn from_row(row: std::sync::Arc<$crate::content::row::Row<Self>>) -> Self {
                Self(row)
            }

            fn row(&self) -> &$crate::content::row::Row<Self> {
                &self.0
            }
        }

        $(#[$meta])*
        #[async_graphql::Object]
        impl $name {
            /// The id: opaque, stable, sortable by the time of creation.
            pub async fn id(&self) -> async_graphql::ID {
                $crate::content::fields::id(&self.0.content)
            }

            /// The name in the public address: unique within the kind, never changed.
            pub async fn slug(&self) -> Result<String, $crate::graphql::errors::ApiError> {
                self.0.content.get(praxis_entities::content::Column::Slug)
            }

            /// The title in the language asked for, or in the original language where there is no translation.
            pub async fn title(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "BCP 47 tag of the language wanted; the original language where it is missing.")]
                language: Option<$crate::graphql::scalars::LanguageTag>,
            ) -> Result<String, $crate::graphql::errors::ApiError> {
                $crate::content::fields::title(context, &self.0.content, language).await
            }

            /// What it is about in a few sentences, in the language asked for or else the original one.
            pub async fn summary(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "BCP 47 tag of the language wanted; the original language where it is missing.")]
                language: Option<$crate::graphql::scalars::LanguageTag>,
            ) -> Result<Option<$crate::graphql::scalars::Markdown>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::summary(context, &self.0.content, language).await
            }

            /// The summary rendered as sanitised HTML.
            pub async fn summary_html(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "BCP 47 tag of the language wanted; the original language where it is missing.")]
                language: Option<$crate::graphql::scalars::LanguageTag>,
            ) -> Result<Option<String>, $crate::graphql::errors::ApiError> {
                let summary = $crate::content::fields::summary(context, &self.0.content, language).await?;
                Ok(summary.map(|text| $crate::text::html(text.as_str())))
            }

            /// The original language.
            pub async fn language(
                &self,
            ) -> Result<$crate::graphql::scalars::LanguageTag, $crate::graphql::errors::ApiError> {
                let tag: String = self.0.content.get(praxis_entities::content::Column::Language)?;
                Ok($crate::graphql::scalars::LanguageTag::trusted(tag))
            }

            /// The languages in which title and summary can be had, the original one first.
            pub async fn available_languages(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> Result<Vec<$crate::graphql::scalars::LanguageTag>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::available_languages(context, &self.0.content).await
            }

            /// The child rights issues that it is about, the most important first.
            pub async fn themes(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> Result<Vec<$crate::vocabulary::types::Theme>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::themes(context, self.0.content.id).await
            }

            /// The countries that it is about.
            pub async fn countries(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> Result<Vec<$crate::vocabulary::types::Country>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::countries(context, self.0.content.id).await
            }

            /// Where it is taken from: resources with the place in them.
            pub async fn citations(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
                #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
            ) -> Result<
                $crate::graphql::connection::Connection<$crate::content::fields::Citation>,
                $crate::graphql::errors::ApiError,
            > {
                let page = $crate::graphql::connection::PageArguments::forward(first, after);
                $crate::content::fields::citations(context, self.0.content.id, page).await
            }

            /// Where the item stands. Anonymous callers see published items and the tombstones of retracted ones.
            pub async fn status(&self) -> praxis_entities::vocabulary::ContentStatus {
                self.0.content.status
            }

            /// Why the item was retracted; null of every other item.
            pub async fn status_reason(&self) -> Result<Option<String>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::status_reason(&self.0.content)
            }

            /// The number of the current revision, from 1.
            pub async fn revision(&self) -> Result<i32, $crate::graphql::errors::ApiError> {
                self.0.content.get(praxis_entities::content::Column::Revision)
            }

            /// The published revisions, the latest first.
            pub async fn revisions(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
                #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
            ) -> Result<
                $crate::graphql::connection::Connection<$crate::content::fields::Revision>,
                $crate::graphql::errors::ApiError,
            > {
                let page = $crate::graphql::connection::PageArguments::forward(first, after);
                $crate::content::fields::revisions(context, &self.0.content, page).await
            }

            /// The practitioners who shared it with the community.
            pub async fn contributors(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
                #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
            ) -> Result<
                $crate::graphql::connection::Connection<$crate::content::practitioner::Practitioner>,
                $crate::graphql::errors::ApiError,
            > {
                let page = $crate::graphql::connection::PageArguments::forward(first, after);
                $crate::content::fields::contributors(context, self.0.content.id, page).await
            }

            /// When its first revision was published.
            pub async fn published_at(
                &self,
            ) -> Result<$crate::graphql::scalars::Moment, $crate::graphql::errors::ApiError> {
                let moment: sea_orm::prelude::DateTimeUtc =
                    self.0.content.get(praxis_entities::content::Column::PublishedAt)?;
                Ok(moment.into())
            }

            /// When its current revision was published.
            pub async fn updated_at(
                &self,
            ) -> Result<$crate::graphql::scalars::Moment, $crate::graphql::errors::ApiError> {
                let moment: sea_orm::prelude::DateTimeUtc =
                    self.0.content.get(praxis_entities::content::Column::UpdatedAt)?;
                Ok(moment.into())
            }

            /// The public address.
            pub async fn url(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> Result<$crate::graphql::scalars::Url, $crate::graphql::errors::ApiError> {
                $crate::content::fields::url(context, &self.0.content)
            }

            $($own)*
        }
    };
}

pub(crate) use content_object;
