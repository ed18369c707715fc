//! Words and phrases with capitals that make no person's name.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A name with one of these words is that of an organisation, a law, a place or a day.
const NO_NAME: &str = "\
    Bag Box Convention Committee Commission Council Coalition Congress Assembly Parliament Senate House Article \
    Articles Rights Right Children Childrens Children's Government Ministry National International Regional \
    Global United Nations Save Plan World Vision Bill Act Law Code Protocol Taskforce Task Force Group \
    Working Network Association Alliance Movement Republic State States Security Resolution Human General \
    Goal Goals Target Chapter Section Paragraph Table Figure Annex Page Session Cycle Review Periodic \
    Universal Watch Fund Foundation Centre Center Institute University College School Hospital Project \
    Programme Program Strategy Policy Report Forum Campaign Federation Union Society Trust Agency Office \
    Department Board Unit Court Tribunal Conference Summit Declaration Agenda Framework Charter Treaty \
    Optional Additional Guidelines Observatory Ombudsman Coordination Secretariat Development Education \
    Health Justice Protection Participation Budget Initiative Organization Organisation Club Street Road \
    Avenue District Province Region Village Municipality County City Town North South East West Northern \
    Southern Eastern Western Central Latin America Africa Asia Europe Pacific Caribbean Middle New Indicator \
    Volume Part Phase Round Edition Version Convención Comité Comisión Consejo Ley Código Congreso Asamblea \
    Parlamento Nacional Internacional Derechos Niñez Infancia Niños Niñas Red Fundación Asociación \
    Ministerio Defensoría Universidad Instituto Programa Proyecto Aldeas Infantiles Foro Coalición Artículo \
    Constitución Observación Corte Distrito Naciones Unidas Movimiento Escuela Región Provincia Nueva Examen \
    Periódico Objetivo Meta Loi Droits Enfant Enfants Assemblée Conseil Parlement Nationale Ministère \
    Fondation Réseau Université Institut Projet Terre Hommes Défenseur Constitution Observation \
    Recommandation Mouvement École Région Cour Unies Jeunesse Aide Aldea Villages Objectif Cible Комитет \
    Конвенция Организация Объединенных Объединённых Наций Совет Закон Статья Министерство Фонд Школа \
    Конвенции Права Ребенка Ребёнка January February March July September October November December Monday \
    Tuesday Wednesday Thursday Friday Saturday Sunday UNICEF UNESCO UNHCR OHCHR UNFPA UNAIDS ECPAT CRIN UNDP \
    ONU HCDH ACNUR CEDAW CRC UPR EPU SDG ODD ODS ILO OIT WHO OMS NGO NGOs ONG ONGs CSO CSOs";

/// What may stand before a name, and belongs to none.
const TITLES: &str = "\
    Selon Según President Vice-President Présidente Président Presidenta Presidente Minister Ministre Ambassador Speaker \
    Student Pupil Child Member Girl Boy Miss Mr Mrs Ms Dr Mlle Mme Prime Chair Chairperson Reporter Activist \
    Youth Young Delegate When While And But Yesterday Today Later Only Then";

/// Places of several words.
const PLACES: &str = "\
    Burkina Faso | Sierra Leone | Sri Lanka | Costa Rica | El Salvador | Saudi Arabia | Viet Nam | \
    San Marino | Puerto Rico | Hong Kong | Guinea Bissau | Timor Leste | Timor-Leste | Cabo Verde | \
    Cape Verde | Côte d'Ivoire | Marshall Islands | Solomon Islands | Czech Republic | San José | \
    San Salvador | San Juan | Santa Cruz | Santo Domingo | Addis Ababa | Buenos Aires | Los Angeles | La Paz | \
    Le Caire | Phnom Penh | Kuala Lumpur | Abu Dhabi | Dar es Salaam | Cape Town | Port Moresby | Santa Fe | \
    São Paulo | Rio de Janeiro | Tel Aviv | Great Britain | Papua Guinea | Trinidad Tobago | \
    Bosnia Herzegovina | El Alto | Las Vegas | Washington DC | Den Haag | La Haye | Sao Tome | Addis Abeba | \
    Le Cap | Quezon City | Freetown Sierra Leone | Andhra Pradesh | Tamil Nadu | Uttar Pradesh | \
    Madhya Pradesh | Khyber Pakhtunkhwa | Palais Wilson | Palais des Nations";

static NO_NAME_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| NO_NAME.split_whitespace().collect());
static TITLE_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| TITLES.split_whitespace().collect());
static PLACE_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| PLACES.split(" | ").collect());

/// The part of some words with capitals that may be a person's full name; nothing where there is none.
pub fn person<'a>(words: &[&'a str]) -> Option<Vec<&'a str>> {
    let after_titles = words
        .iter()
        .rposition(|word| TITLE_SET.contains(word.trim_end_matches('.')))
        .map_or(0, |last| last + 1);
    let name = words.get(after_titles..)?;
    let full = name.len() >= 2
        && !name
            .iter()
            .any(|word| NO_NAME_SET.contains(word.trim_end_matches(['.', ','])))
        && !name
            .iter()
            .any(|word| word.chars().count() > 1 && word.chars().count() < 4 && is_acronym(word))
        && !PLACE_SET.contains(name.join(" ").as_str());
    full.then(|| name.to_vec())
}

/// Capitals only. Longer ones are surnames, as in "Amina DIALLO".
fn is_acronym(word: &str) -> bool {
    word.chars().all(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_no_part_of_a_name_and_organisations_have_none() {
        let person = |name: &str| person(&name.split(' ').collect::<Vec<_>>()).map(|name| name.join(" "));
        assert_eq!(
            person("Student Council President Grace Wanjiru").unwrap(),
            "Grace Wanjiru"
        );
        assert_eq!(person("Amina DIALLO").unwrap(), "Amina DIALLO");
        for none in [
            "Save Nepal",
            "Burkina Faso",
            "Minister Lopez",
            "UNICEF Nepal",
            "Comité Nacional",
        ] {
            assert_eq!(person(none), None, "{none}");
        }
    }
}
