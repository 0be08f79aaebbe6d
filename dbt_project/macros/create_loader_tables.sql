{#-
All DDL of the tables that dbt does not build: the loader's landing tables, the append-only tables of n2f_sync, and, on
the embedded engine, empty stand-ins for Agresso's two views. Idempotent: what exists is left as it is but for columns
that a later version added, nothing is ever dropped. Runs before every dbt command that builds, and alone as `dbt run-operation create_loader_tables`.
-#}
{% macro create_loader_tables() %}
    {%- if execute -%}
    {%- for schema in ['n2f_raw', 'n2f_sync'] -%}
        {%- do adapter.create_schema(api.Relation.create(database=target.database, schema=schema)) -%}
    {%- endfor -%}
    {%- for table, columns in loader_tables().items() -%}
        {%- do create_table_if_missing(table, columns, loader_indexes().get(table)) -%}
    {%- endfor -%}
    {%- for table, columns in loader_columns_added().items() -%}
        {%- for name, type in columns -%}
            {%- do add_column_if_missing(table, name, type) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do create_agresso_tables_if_missing() -%}
    {%- endif -%}
{% endmacro %}

{#- Table -> [column, type, is required]. -#}
{% macro loader_tables() %}
    {%- set document_columns = [
        ['snapshot_id', type_id(), true],
        ['company_uuid', type_text(), false],
        ['axis', type_text(), false],
        ['page', 'integer', true],
        ['position', 'integer', true],
        ['document', type_text(), true],
    ] -%}
    {%- set change_key = [
        ['sequence', 'integer', true],
        ['scope', type_text(), true],
        ['action', type_text(), true],
        ['entity_key', type_text(), true],
    ] -%}
    {%- do return({
        'n2f_raw.snapshots': [
            ['snapshot_id', type_id(), true],
            ['base_url', type_text(), true],
            ['started_at', type_instant(), true],
            ['completed_at', type_instant(), false],
            ['document_count', 'bigint', false],
            ['call_count', 'bigint', false],
        ],
        'n2f_raw.lists': [
            ['snapshot_id', type_id(), true],
            ['resource', type_text(), true],
            ['company_uuid', type_text(), false],
            ['axis', type_text(), false],
            ['page_count', 'integer', true],
            ['document_count', 'integer', true],
        ],
        'n2f_raw.companies': document_columns,
        'n2f_raw.roles': document_columns,
        'n2f_raw.userprofiles': document_columns,
        'n2f_raw.users': document_columns,
        'n2f_raw.axes': document_columns,
        'n2f_raw.axis_values': document_columns,
        'n2f_sync.runs': [
            ['run_id', type_id(), true],
            ['command', type_text(), true],
            ['started_at', type_instant(), true],
            ['finished_at', type_instant(), false],
            ['status', type_text(), true],
            ['exit_code', 'integer', false],
            ['is_dry_run', type_flag(), true],
            ['snapshot_id', type_id(), false],
            ['plan_id', type_id(), false],
            ['succeeded_count', 'integer', false],
            ['failed_count', 'integer', false],
            ['skipped_count', 'integer', false],
            ['withheld_count', 'integer', false],
            ['left_count', 'integer', false],
            ['rejected_count', 'integer', false],
            ['message', type_text(), false],
        ],
        'n2f_sync.plans': [
            ['plan_id', type_id(), true],
            ['run_id', type_id(), true],
            ['snapshot_id', type_id(), true],
            ['created_at', type_instant(), true],
            ['checksum', type_text(), true],
            ['change_count', 'integer', true],
            ['settings_json', type_text(), true],
        ],
        'n2f_sync.planned_changes': [['plan_id', type_id(), true]] + change_key + [
            ['http_method', type_text(), true],
            ['path_template', type_text(), true],
            ['path_params_json', type_text(), true],
            ['payload_json', type_text(), false],
            ['previous_json', type_text(), false],
            ['changed_columns', type_text(), false],
            ['decision', type_text(), true],
            ['decision_reason', type_text(), false],
            ['decision_detail', type_text(), false],
            ['selection_rank', 'integer', false],
        ],
        'n2f_sync.planned_dependencies': [
            ['plan_id', type_id(), true],
            ['scope', type_text(), true],
            ['entity_key', type_text(), true],
            ['depends_on_scope', type_text(), true],
            ['depends_on_key', type_text(), true],
        ],
        'n2f_sync.planned_rejections': [
            ['plan_id', type_id(), true],
            ['scope', type_text(), true],
            ['entity_key', type_text(), true],
            ['reason', type_text(), true],
            ['detail', type_text(), false],
            ['source', type_text(), true],
        ],
        'n2f_sync.push_attempts': [
            ['run_id', type_id(), true],
            ['plan_id', type_id(), true],
        ] + change_key + [
            ['started_at', type_instant(), true],
        ],
        'n2f_sync.push_results': [
            ['run_id', type_id(), true],
            ['plan_id', type_id(), true],
        ] + change_key + [
            ['status', type_text(), true],
            ['http_status', 'integer', false],
            ['attempts', 'integer', true],
            ['error', type_text(), false],
            ['started_at', type_instant(), false],
            ['finished_at', type_instant(), true],
        ],
        'n2f_sync.run_stages': [
            ['run_id', type_id(), true],
            ['position', 'integer', true],
            ['stage', type_text(), true],
            ['seconds', type_number(), true],
        ],
        'n2f_sync.run_minutes': [
            ['run_id', type_id(), true],
            ['minute', type_instant(), true],
            ['read_count', 'integer', true],
            ['write_count', 'integer', true],
            ['read_quota', 'integer', false],
            ['write_quota', 'integer', false],
        ],
        'n2f_sync.run_metrics': [
            ['run_id', type_id(), true],
            ['duration_seconds', type_number(), true],
            ['read_count', 'integer', true],
            ['write_count', 'integer', true],
            ['retry_count', 'integer', true],
            ['quota_seconds', type_number(), true],
            ['backoff_seconds', type_number(), true],
            ['document_count', 'bigint', false],
            ['sent_count', 'integer', true],
            ['push_seconds', type_number(), false],
            ['rows_per_second', type_number(), false],
            ['peak_memory_mb', type_number(), false],
        ],
        'n2f_sync.holds': [
            ['scope', type_text(), true],
            ['entity_key', type_text(), true],
            ['reason', type_text(), false],
            ['held_by', type_text(), false],
            ['held_until', type_instant(), false],
        ],
    }) -%}
{% endmacro %}

{#- Table -> [column, type] that tables of an earlier version lack. They come last there too, and hold NULL in old rows. -#}
{% macro loader_columns_added() %}
    {%- do return({
        'n2f_sync.planned_changes': [['selection_rank', 'integer']],
    }) -%}
{% endmacro %}

{#- Table -> by what its rows are found. `holds` has none: a DBA fills it by hand, and its keys may be of any length. -#}
{% macro loader_indexes() %}
    {%- set documents = {'columns': ['snapshot_id', 'page', 'position'], 'is_unique': false} -%}
    {%- do return({
        'n2f_raw.snapshots': {'columns': ['snapshot_id'], 'is_unique': true},
        'n2f_raw.lists': {'columns': ['snapshot_id'], 'is_unique': false},
        'n2f_raw.companies': documents,
        'n2f_raw.roles': documents,
        'n2f_raw.userprofiles': documents,
        'n2f_raw.users': documents,
        'n2f_raw.axes': documents,
        'n2f_raw.axis_values': documents,
        'n2f_sync.runs': {'columns': ['run_id'], 'is_unique': true},
        'n2f_sync.plans': {'columns': ['plan_id'], 'is_unique': true},
        'n2f_sync.planned_changes': {'columns': ['plan_id', 'sequence'], 'is_unique': true},
        'n2f_sync.planned_dependencies': {'columns': ['plan_id'], 'is_unique': false},
        'n2f_sync.planned_rejections': {'columns': ['plan_id'], 'is_unique': false},
        'n2f_sync.push_attempts': {'columns': ['plan_id', 'sequence'], 'is_unique': false},
        'n2f_sync.push_results': {'columns': ['plan_id', 'sequence', 'run_id'], 'is_unique': true},
        'n2f_sync.run_stages': {'columns': ['run_id', 'position'], 'is_unique': true},
        'n2f_sync.run_minutes': {'columns': ['run_id', 'minute'], 'is_unique': true},
        'n2f_sync.run_metrics': {'columns': ['run_id'], 'is_unique': true},
    }) -%}
{% endmacro %}
