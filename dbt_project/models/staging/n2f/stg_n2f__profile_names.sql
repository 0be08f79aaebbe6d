-- Grain: one row per name, in lower case, that an N2F profile has in any culture and that a French name belongs to.
-- french_name_count above 1: the name fits several.
with documents as (

    select userprofiles.*
    from {{ source('n2f_raw', 'userprofiles') }} as userprofiles
    inner join {{ ref('snapshot_in_use') }} as snapshot_in_use on userprofiles.snapshot_id = snapshot_in_use.snapshot_id

),

names as (

    select
        lower({{ trimmed('names.value') }}) as name,
        {{ trimmed(json_name('documents.document', 'fr')) }} as french_name
    from documents
    {{ cross_join_json_names('documents.document', 'names') }}

),

final as (

    select
        name,
        min(french_name) as french_name,
        count(distinct french_name) as french_name_count
    from names
    where
        name is not null
        and french_name is not null
    group by name

)

select * from final
