-- The reference of the comparison: one query by hand, for DuckDB alone, that finds the changes of `bench.worlds`, from
-- the same documents and the same tables of Agresso: scope, action and entity_key as push_changes has them.
-- It leaves out what those worlds do not hold: rejected rows (duplicates, unknown companies, renames, shared keys),
-- names of roles and profiles in other cultures, protected users, cycles of managers, custom axes, scoping, holds,
-- guards and switches; and what it is not asked for: payloads, old and new values, the order, dependencies.
with snapshot as materialized (

    select snapshot_id
    from n2f_raw.snapshots
    where completed_at is not null
    order by started_at desc
    limit 1

),

companies as materialized (

    select
        document ->> '$.uuid' as company_uuid,
        trim(document ->> '$.code', ' ') as company_code
    from n2f_raw.companies
    where snapshot_id = (select snapshot_id from snapshot)

),

user_documents as (

    -- A list that moves is read twice here and there: the last one counts.
    select
        page,
        position,
        json_extract_string(document, [
            '$.uuid', '$.mail', '$.firstname', '$.lastname', '$.jobTitle', '$.employeeNumber',
            '$.accountingAuxiliaryAccount', '$.company', '$.role', '$.profile', '$.managerMail', '$.canCreateVehicle',
            '$.personnalCarHaveToBeApproved', '$.removeHomeWorkDistance', '$.gotProPayment', '$.canRaiseLimits',
            '$.culture', '$.currencyIsoCode', '$.structure', '$.authMode'
        ]) as f
    from n2f_raw.users
    where snapshot_id = (select snapshot_id from snapshot)

),

current_users as (

    select
        lower(trim(f[2], ' ')) as mail,
        nullif(trim(f[3], ' '), '') as firstname,
        nullif(trim(f[4], ' '), '') as lastname,
        nullif(trim(f[5], ' '), '') as job_title,
        nullif(trim(f[6], ' '), '') as employee_number,
        nullif(trim(f[7], ' '), '') as account,
        nullif(trim(f[8], ' '), '') as company,
        coalesce(nullif(trim(f[9], ' '), ''), 'Utilisateur') as role,
        coalesce(nullif(trim(f[10], ' '), ''), 'Standard') as profile,
        lower(nullif(trim(f[11], ' '), '')) as manager,
        lower(nullif(trim(f[12], ' '), '')) as vehicle,
        lower(trim(f[13], ' ')) in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as approve,
        lower(trim(f[14], ' ')) in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as remove_distance,
        lower(trim(f[15], ' ')) in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as pro_payment,
        lower(trim(f[16], ' ')) in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as raise_limits,
        lower(nullif(trim(f[17], ' '), '')) as culture,
        upper(nullif(trim(f[18], ' '), '')) as currency,
        nullif(trim(f[19], ' '), '') as structure,
        lower(nullif(trim(f[20], ' '), '')) as auth_mode
    from user_documents
    qualify row_number() over (partition by f[1] order by page desc, position desc) = 1

),

agresso_users as (

    select distinct
        lower(trim(AdresseEmail, ' ')) as mail,
        nullif(trim(Prenom, ' '), '') as firstname,
        nullif(trim(Nom, ' '), '') as lastname,
        nullif(trim(Fonction, ' '), '') as job_title,
        nullif(trim(Matricule, ' '), '') as employee_number,
        nullif(trim(Compte_Auxiliaire_Agresso, ' '), '') as account,
        companies.company_uuid as company,
        coalesce(nullif(trim(Role, ' '), ''), 'Utilisateur') as role,
        coalesce(nullif(trim(Profil, ' '), ''), 'Standard') as profile,
        nullif(nullif(lower(nullif(trim(Manager, ' '), '')), 'nan'), 'none') as manager,
        lower(nullif(trim(Creation_Vehicule, ' '), '')) as vehicle,
        coalesce(lower(trim(Appro_Veh_Adm, ' ')), '') in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j')
            as approve,
        coalesce(lower(trim(Deduction_Distance_TravDom, ' ')), '')
        in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as remove_distance,
        coalesce(lower(trim(Moyen_Paiement_Prof, ' ')), '') in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j')
            as pro_payment,
        coalesce(lower(trim(Droit_Relever_Plafond, ' ')), '')
        in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as raise_limits,
        coalesce(lower(nullif(trim(langue, ' '), '')), 'fr') as culture,
        coalesce(upper(nullif(trim(Devise, ' '), '')), 'EUR') as currency,
        coalesce(nullif(trim(Structure, ' '), ''), 'L3') as structure,
        case
            when coalesce(lower(nullif(trim(Methode_SSO, ' '), '')), 'saml') = 'saml' then 'sso'
            else lower(trim(Methode_SSO, ' '))
        end as auth_mode
    from agresso."iris_N2F_User"
    inner join companies on trim(Entreprise, ' ') = companies.company_code

),

-- Whoever is in N2F alone is deleted here: a manager stays where he is a row of Agresso.
desired_users as (

    select agresso_users.* replace (managers.mail as manager)
    from agresso_users
    left join agresso_users as managers on agresso_users.manager = managers.mail

),

user_changes as (

    select
        'users' as scope,
        case
            when current_users.mail is null then 'create'
            when desired_users.mail is null then 'delete'
            else 'update'
        end as action,
        coalesce(desired_users.mail, current_users.mail) as entity_key
    from desired_users
    full outer join current_users on desired_users.mail = current_users.mail
    where
        desired_users.mail is null
        or current_users.mail is null
        or desired_users is distinct from current_users

),

value_documents as (

    select
        company_uuid,
        page,
        position,
        json_extract_string(document, [
            '$.code', '$.names[0].culture', '$.names[0].value', '$.names[1].culture', '$.names[1].value',
            '$.validityDateFrom', '$.validityDateTo'
        ]) as f
    from n2f_raw.axis_values
    where
        axis = 'projects'
        and snapshot_id = (select snapshot_id from snapshot)

),

current_values as (

    select
        company_uuid,
        trim(f[1], ' ') as code,
        nullif(trim(case when lower(f[2]) = 'fr' then f[3] when lower(f[4]) = 'fr' then f[5] end, ' '), '') as name_fr,
        nullif(trim(case when lower(f[2]) = 'nl' then f[3] when lower(f[4]) = 'nl' then f[5] end, ' '), '') as name_nl,
        nullif(nullif(left(trim(f[6], ' '), 10), '1900-01-01'), '2099-12-31') as valid_from,
        nullif(nullif(left(trim(f[7], ' '), 10), '1900-01-01'), '2099-12-31') as valid_to
    from value_documents
    qualify row_number() over (partition by company_uuid, f[1] order by page desc, position desc) = 1

),

-- A row that is gone is no row, but names its company all the same: in these worlds every company has open ones too.
desired_values as (

    select distinct
        companies.company_uuid,
        trim(code, ' ') as code,
        nullif(trim(description, ' '), '') as name_fr,
        nullif(trim(description, ' '), '') as name_nl,
        nullif(nullif(left(nullif(trim(date_from, ' '), ''), 10), '1900-01-01'), '2099-12-31') as valid_from,
        nullif(nullif(left(nullif(trim(date_to, ' '), ''), 10), '1900-01-01'), '2099-12-31') as valid_to
    from agresso."iris_N2F_Analytics"
    inner join companies on trim(client, ' ') = companies.company_code
    where
        lower(trim(typ, ' ')) = 'project'
        and coalesce(lower(nullif(trim(status, ' '), '')), 'n') = 'n'

),

value_changes as (

    select
        'projects' as scope,
        case
            when current_values.code is null then 'create'
            when desired_values.code is null then 'delete'
            else 'update'
        end as action,
        companies.company_code || '/' || coalesce(desired_values.code, current_values.code) as entity_key
    from desired_values
    full outer join current_values
        on
            desired_values.company_uuid = current_values.company_uuid
            and desired_values.code = current_values.code
    inner join companies on coalesce(desired_values.company_uuid, current_values.company_uuid) = companies.company_uuid
    where
        desired_values.code is null
        or current_values.code is null
        or desired_values is distinct from current_values

)

select * from user_changes
union all
select * from value_changes
