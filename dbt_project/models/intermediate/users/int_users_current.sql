-- Grain: one row per N2F user of the snapshot, fields trimmed and cased as they are compared.
-- role and profile by their French names, or as they are where N2F's own lists do not tell.
{%- set fields = user_fields() %}

with n2f_users as (

    select * from {{ ref('stg_n2f__users') }}

),

companies as (

    select * from {{ ref('stg_n2f__companies') }}

),

role_names as (

    select * from {{ ref('stg_n2f__role_names') }}

),

profile_names as (

    select * from {{ ref('stg_n2f__profile_names') }}

),

protected_roles as (

    select distinct lower({{ trimmed('role') }}) as role from {{ ref('protected_roles') }}

),

protected_mails as (

    select distinct lower({{ trimmed('mail') }}) as mail from {{ ref('protected_mails') }}

),

only_companies as (

    select * from {{ ref('run_only_companies') }}

),

only_mails as (

    select * from {{ ref('run_only_mails') }}

),

settings as (

    select * from {{ ref('run_settings') }}

),

normalised as (

    select
        n2f_users.mail,
        n2f_users.mail_as_spelled,
        n2f_users.page,
        n2f_users.position,
        n2f_users.firstname,
        n2f_users.lastname,
        n2f_users.jobTitle,
        n2f_users.employeeNumber,
        n2f_users.accountingAuxiliaryAccount,
        n2f_users.company,
        case
            when role_names.french_name_count = 1 then role_names.french_name
            else coalesce(n2f_users.role, 'Utilisateur')
        end as role,
        case
            when profile_names.french_name_count = 1 then profile_names.french_name
            else coalesce(n2f_users.profile, 'Standard')
        end as profile,
        lower(n2f_users.managerMail) as managerMail,
        n2f_users.canCreateVehicle,
        {{ is_true('n2f_users.personnalCarHaveToBeApproved') }} as personnalCarHaveToBeApproved,
        {{ is_true('n2f_users.removeHomeWorkDistance') }} as removeHomeWorkDistance,
        {{ is_true('n2f_users.gotProPayment') }} as gotProPayment,
        {{ is_true('n2f_users.canRaiseLimits') }} as canRaiseLimits,
        lower(n2f_users.culture) as culture,
        upper(n2f_users.currencyIsoCode) as currencyIsoCode,
        n2f_users.structure,
        n2f_users.authMode,
        companies.company_code
    from n2f_users
    left join companies on n2f_users.company = companies.company_uuid
    left join role_names on lower(coalesce(n2f_users.role, 'Utilisateur')) = role_names.name
    left join profile_names on lower(coalesce(n2f_users.profile, 'Standard')) = profile_names.name

),

final as (

    select
        normalised.*,
        {{ flag('protected_roles.role is not null') }} as has_protected_role,
        {{ flag('protected_roles.role is not null or protected_mails.mail is not null') }} as is_protected,
        -- What guards count: the run's scoping on N2F's side alone.
        {{ flag(
            "settings.is_scoped = 0 or only_companies.company_code is not null or only_mails.mail is not null"
        ) }} as is_counted
    from normalised
    cross join settings
    left join only_companies on normalised.company_code = only_companies.company_code
    left join only_mails on normalised.mail = only_mails.mail
    left join protected_roles on lower(normalised.role) = protected_roles.role
    left join protected_mails on normalised.mail = protected_mails.mail

)

select * from final
