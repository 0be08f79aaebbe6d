-- Grain: one row per row of Agresso's view of users, with the mappings applied.
-- Managers are as Agresso names them; int_users_managed settles them. A view: int_users_checked keeps what comes of it.
-- THE PLACE TO CHANGE A MAPPING OR A DEFAULT: each field of `POST users` is one line of `mapped`.
{{ config(materialized='view') }}

with agresso_users as (

    select * from {{ ref('stg_agresso__users') }}

),

companies as (

    select * from {{ ref('int_companies_matched') }}

),

role_names as (

    select * from {{ ref('stg_n2f__role_names') }}

),

profile_names as (

    select * from {{ ref('stg_n2f__profile_names') }}

),

settings as (

    select * from {{ ref('run_settings') }}

),

defaulted as (

    select
        *,
        coalesce(role, 'Utilisateur') as role_name,
        coalesce(profil, 'Standard') as profile_name
    from agresso_users

),

mapped as (

    select
        lower(agresso_users.adresse_email) as mail,
        agresso_users.prenom as firstname,
        agresso_users.nom as lastname,
        agresso_users.fonction as jobTitle,
        agresso_users.matricule as employeeNumber,
        agresso_users.compte_auxiliaire_agresso as accountingAuxiliaryAccount,
        companies.company_uuid as company,
        case when role_names.french_name_count = 1 then role_names.french_name end as role,
        case when profile_names.french_name_count = 1 then profile_names.french_name end as profile,
        nullif(nullif(lower(agresso_users.manager), 'nan'), 'none') as managerMail,
        agresso_users.creation_vehicule as canCreateVehicle,
        {{ is_true('agresso_users.appro_veh_adm') }} as personnalCarHaveToBeApproved,
        {{ is_true('agresso_users.deduction_distance_trav_dom') }} as removeHomeWorkDistance,
        {{ is_true('agresso_users.moyen_paiement_prof') }} as gotProPayment,
        {{ is_true('agresso_users.droit_relever_plafond') }} as canRaiseLimits,
        coalesce(lower(agresso_users.langue), 'fr') as culture,
        coalesce(upper(agresso_users.devise), 'EUR') as currencyIsoCode,
        coalesce(agresso_users.structure, 'L3') as structure,
        case
            when settings.is_sandbox = 1 then 'Integrated'
            when coalesce(lower(agresso_users.methode_sso), 'saml') = 'saml' then 'Sso'
            else agresso_users.methode_sso
        end as authMode,
        companies.company_code,
        companies.company_match,
        -- What Agresso says, kept only where it could not be mapped: for the reason of the rejection.
        case when companies.company_match <> 'known' then companies.agresso_code end as unmatched_company,
        case when coalesce(role_names.french_name_count, 0) <> 1 then agresso_users.role_name end as unmatched_role,
        coalesce(role_names.french_name_count, 0) as role_match_count,
        case
            when coalesce(profile_names.french_name_count, 0) <> 1 then agresso_users.profile_name
        end as unmatched_profile,
        coalesce(profile_names.french_name_count, 0) as profile_match_count
    from defaulted as agresso_users
    inner join companies on coalesce(agresso_users.entreprise, '') = companies.agresso_code
    left join role_names on lower(agresso_users.role_name) = role_names.name
    left join profile_names on lower(agresso_users.profile_name) = profile_names.name
    cross join settings

)

select * from mapped
