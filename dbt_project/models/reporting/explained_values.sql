-- Grain: one row per entity of Agresso or N2F, side, row of that side, and field or column, with its value as JSON.
-- Sides: agresso (the row as it is, trimmed), desired (what the rules made of it, managers settled), n2f (what N2F
-- holds, as it is compared). More than one row of a side is what gets a key rejected.
{%- set user_columns = agresso_columns()['iris_N2F_User'] %}
{%- set cleaned_columns = [
    'adresse_email', 'prenom', 'nom', 'entreprise', 'fonction', 'role', 'profil', 'manager',
    'compte_auxiliaire_agresso', 'moyen_paiement_prof', 'compte_auxiliaire2', 'matricule', 'centre_cout',
    'creation_vehicule', 'appro_veh_adm', 'deduction_distance_trav_dom', 'distance_trav_dom', 'devise', 'langue',
    'structure', 'champs_liaison_sso', 'droit_relever_plafond', 'methode_sso', 'update_champs_perso',
    'nouveau_email', 'action', 'company_id', 'location_id', 'division_id',
] %}
{%- set value_columns = agresso_columns()['iris_N2F_Analytics'] %}
{%- set fields = user_fields() %}
{%- set value_fields = ['code', 'names', 'validityDateFrom', 'validityDateTo'] %}

with names as (
    {% for name in user_columns %}
    select
        'users' {{ exact() }} as resource,
        'agresso' {{ exact() }} as side,
        {{ loop.index }} as position,
        {{ text_literal(name) }} as name
    union all
    {%- endfor %}
    {% for name in value_columns %}
    select
        'axis_values' {{ exact() }} as resource,
        'agresso' {{ exact() }} as side,
        {{ loop.index }} as position,
        {{ text_literal(name) }} as name
    union all
    {%- endfor %}
    {% for name in ['mail'] + fields | map(attribute='name') | list %}
    select
        'users' {{ exact() }} as resource,
        'fields' {{ exact() }} as side,
        {{ loop.index }} as position,
        {{ text_literal(name) }} as name
    union all
    {%- endfor %}
    {% for name in value_fields %}
    select
        'axis_values' {{ exact() }} as resource,
        'fields' {{ exact() }} as side,
        {{ loop.index }} as position,
        {{ text_literal(name) }} as name
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

agresso_users as (

    select
        coalesce(lower(adresse_email), '') as entity_key,
        *
    from {{ ref('stg_agresso__users') }}

),

agresso_users_placed as (

    select
        *,
        row_number() over (
            partition by entity_key
            order by nom, prenom, entreprise, matricule
        ) as place
    from agresso_users

),

agresso_analytics as (

    select
        concat(coalesce(company_code, agresso_code), '/', coalesce(code, '')) as entity_key,
        coalesce(company_uuid, '') as company,
        *
    from {{ ref('int_analytics_scoped') }}

),

agresso_analytics_placed as (

    select
        *,
        row_number() over (
            partition by scope, entity_key, company
            order by is_gone, description, status, date_from, date_to
        ) as place
    from agresso_analytics

),

desired_users as (

    select
        checked.*,
        coalesce(checked.mail, '') as entity_key,
        case when desired.mail is null then checked.managerMail else desired.managerMail end as settled_manager,
        managers_not_kept.detail as manager_note
    from {{ ref('int_users_checked') }} as checked
    left join {{ ref('int_users_desired') }} as desired on checked.mail = desired.mail
    left join {{ ref('managers_not_kept') }} as managers_not_kept on checked.mail = managers_not_kept.mail

),

desired_users_placed as (

    select
        *,
        row_number() over (
            partition by entity_key
            order by lastname, firstname, company_code, employeeNumber
        ) as place
    from desired_users

),

desired_values as (

    select
        *,
        coalesce(company_uuid, '') as company
    from {{ ref('int_axis_values_checked') }}

),

desired_values_placed as (

    select
        *,
        row_number() over (
            partition by scope, entity_key, company
            order by name_fr, valid_from, valid_to
        ) as place
    from desired_values

),

current_users as (

    select
        *,
        coalesce(mail, '') as entity_key
    from {{ ref('int_users_current') }}

),

current_users_placed as (

    select
        *,
        row_number() over (
            partition by entity_key
            order by mail_as_spelled, lastname, firstname
        ) as place
    from current_users

),

current_values_placed as (

    select
        *,
        row_number() over (
            partition by scope, entity_key, company_uuid
            order by concat(code_as_spelled, '|')
        ) as place
    from {{ ref('int_axis_values_current') }}

),

agresso_user_values as (

    select
        'users' {{ exact() }} as scope,
        rows_of_side.entity_key,
        '' {{ exact() }} as company_uuid,
        'agresso' {{ exact() }} as side,
        rows_of_side.place,
        names.position,
        names.name,
        case names.name
            {%- for name in user_columns %}
            {%- set column = 'rows_of_side.' ~ cleaned_columns[loop.index0] %}
            when '{{ name }}' then case when {{ column }} is null then 'null' else {{ json_string(column) }} end
            {%- endfor %}
        end as value_json,
        {{ as_text('null') }} as note
    from agresso_users_placed as rows_of_side
    cross join names
    where
        names.resource = 'users'
        and names.side = 'agresso'

),

agresso_axis_values as (

    select
        rows_of_side.scope,
        rows_of_side.entity_key,
        rows_of_side.company as company_uuid,
        'agresso' {{ exact() }} as side,
        rows_of_side.place,
        names.position,
        names.name,
        case names.name
            {%- for name in value_columns %}
            {%- set column = "nullif(rows_of_side.agresso_code, '')" if name == 'client' else 'rows_of_side.' ~ name %}
            when '{{ name }}' then case when {{ column }} is null then 'null' else {{ json_string(column) }} end
            {%- endfor %}
        end as value_json,
        {{ as_text('null') }} as note
    from agresso_analytics_placed as rows_of_side
    cross join names
    where
        names.resource = 'axis_values'
        and names.side = 'agresso'

),
{% for side, relation in [['desired', 'desired_users_placed'], ['n2f', 'current_users_placed']] %}
{{ side }}_user_values as (

    select
        'users' {{ exact() }} as scope,
        rows_of_side.entity_key,
        '' {{ exact() }} as company_uuid,
        '{{ side }}' {{ exact() }} as side,
        rows_of_side.place,
        names.position,
        names.name,
        case names.name
            when 'mail' then {{ json_string('rows_of_side.' ~ ('mail' if side == 'desired' else 'mail_as_spelled')) }}
            {%- for field in fields %}
            {%- set column = 'rows_of_side.' ~ field.name %}
            {%- if side == 'desired' and field.name in ['company', 'role', 'profile'] %}
            -- Nothing where Agresso's text stands for none or for several.
            when '{{ field.name }}' then case when {{ column }} is null then 'null' else {{ json_string(column) }} end
            {%- elif side == 'desired' and field.name == 'managerMail' %}
            when '{{ field.name }}' then {{ json_string('rows_of_side.settled_manager') }}
            {%- else %}
            when '{{ field.name }}' then {{ json_boolean(column) if field.type == 'boolean' else json_string(column) }}
            {%- endif %}
            {%- endfor %}
        end as value_json,
        case names.name
            when 'company' then rows_of_side.company_code
            {%- if side == 'desired' %}
            when 'managerMail' then rows_of_side.manager_note
            {%- endif %}
        end as note
    from {{ relation }} as rows_of_side
    cross join names
    where
        names.resource = 'users'
        and names.side = 'fields'

),
{% endfor %}
{%- for side, relation in [['desired', 'desired_values_placed'], ['n2f', 'current_values_placed']] %}
{{ side }}_axis_values as (

    select
        rows_of_side.scope,
        rows_of_side.entity_key,
        coalesce(rows_of_side.company_uuid, '') as company_uuid,
        '{{ side }}' {{ exact() }} as side,
        rows_of_side.place,
        names.position,
        names.name,
        case names.name
            when 'code' then {{ json_string('rows_of_side.' ~ ('code' if side == 'desired' else 'code_as_spelled')) }}
            when 'names'
                then concat(
                    '[{"culture":"fr","value":', {{ json_string('rows_of_side.name_fr') }},
                    '},{"culture":"nl","value":', {{ json_string('rows_of_side.name_nl') }}, '}]'
                )
            when 'validityDateFrom' then {{ json_day('rows_of_side.valid_from') }}
            when 'validityDateTo' then {{ json_day('rows_of_side.valid_to') }}
        end as value_json,
        {{ as_text('null') }} as note
    from {{ relation }} as rows_of_side
    cross join names
    where
        names.resource = 'axis_values'
        and names.side = 'fields'

),
{% endfor %}
unioned as (

    select * from agresso_user_values
    union all
    select * from agresso_axis_values
    union all
    select * from desired_user_values
    union all
    select * from desired_axis_values
    union all
    select * from n2f_user_values
    union all
    select * from n2f_axis_values

)

select * from unioned
