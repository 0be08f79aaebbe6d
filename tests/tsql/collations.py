"""Follows names and collations through a query as SQL Server would: what neither a grammar nor a list can see.

A query is walked from its CTEs to its columns. Said are: columns and tables that do not exist (by exact spelling, as a
case-sensitive database reads them), texts of two collations that meet, and texts that are compared, grouped or sorted
by another collation than the project's own, which means something else in every database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp, parse_one

from tests.tsql.labels import DATABASE, JSON_KEY, LITERAL, Label, as_column, explicit, implicit, together
from tests.tsql.scopes import (
    ALWAYS_TEXT,
    COMPARISONS,
    CONDITIONS,
    NO_TEXT,
    NO_TEXT_BY_NAME,
    Columns,
    Report,
    Scope,
    is_text,
)  # fmt: skip


class Walk(Report):
    """One walk through one text."""

    def query(self, node: exp.Expression, outer: Scope) -> Columns:
        """Return the columns of a query."""
        node = node.unnest()
        scope = Scope(dict(outer.ctes), outer=outer)
        for cte in getattr(node, "ctes", []):
            name, body = cte.alias, cte.this.unnest()
            if isinstance(body, exp.SetOperation):
                scope.ctes[name] = self.named(self.anchor(body, name, scope), cte)
            scope.ctes[name] = self.named(self.query(body, scope), cte)
        if isinstance(node, exp.SetOperation):
            return self.set_operation(node, scope)
        if isinstance(node, exp.Select):
            return self.select(node, scope)
        self.say("not understood", node)
        return {}

    def anchor(self, body: exp.SetOperation, name: str, scope: Scope) -> Columns:
        """Return the columns of the part of a recursive CTE that does not read itself."""
        if not any(table.name == name for table in body.find_all(exp.Table)):
            return {}
        return {key: as_column(label) for key, label in self.query(body.left, scope).items()}

    def named(self, columns: Columns, node: exp.Expression) -> Columns:
        """Return the columns as a relation's: named by its alias, where that names them, and of their own collation."""
        names = [column.name for column in getattr(node, "args", {}).get("alias", exp.TableAlias()).columns]
        if "" in columns:
            self.say("a column without a name", node)
        return dict(zip(names or columns, map(as_column, columns.values()), strict=True))

    def set_operation(self, node: exp.SetOperation, scope: Scope) -> Columns:
        """Return the columns of two queries put together; all but `union all` compare them."""
        left, right = self.query(node.left, scope), self.query(node.right, scope)
        if len(left) != len(right):
            self.say(f"{len(left)} columns and {len(right)}", node)
        columns = {}
        for (name, label), other in zip(left.items(), right.values(), strict=False):
            columns[name] = together((label, other))
            self.check(
                columns[name], f"column {name} of a union", node, is_compared=bool(node.args["distinct"])
            )
        return columns

    def select(self, node: exp.Select, scope: Scope) -> Columns:
        """Return the columns of one select."""
        joins = [join.this for join in node.args.get("joins") or ()]
        start = [node.args["from_"].this] if node.args.get("from_") else []
        for source in (*start, *joins, *(node.args.get("laterals") or ())):
            scope.sources[source.alias_or_name] = self.source(source, scope)
        for join in node.args.get("joins") or ():
            self.expression(join.args.get("on"), scope)
        columns: Columns = {}
        for item in node.expressions:
            for name, label in self.projection(item, scope):
                if name in columns and name:
                    self.say(f"two columns {name}", node)
                columns[name] = label
                self.check(label, f"column {name}", item, is_compared=bool(node.args.get("distinct")))
        for clause in ("where", "group", "having"):
            self.clause(node.args.get(clause), scope, is_sorted=clause == "group")
        scope.aliases = columns
        self.clause(node.args.get("order"), scope, is_sorted=True)
        return columns

    def clause(self, node: exp.Expression | None, scope: Scope, *, is_sorted: bool) -> None:
        """Walk `where`, `group by` and their like."""
        for item in node.iter_expressions() if node else ():
            label = self.expression(item, scope)
            if is_sorted:
                self.check(label, type(node).__name__.lower(), item)

    def projection(self, item: exp.Expression, scope: Scope) -> Iterator[tuple[str, Label | None]]:
        """Give what one item of a select list stands for."""
        if item.is_star and not isinstance(item, exp.Alias):
            chosen = item.table if isinstance(item, exp.Column) else ""
            if chosen and chosen not in scope.sources:
                self.say("unknown relation", item)
            for name, columns in scope.sources.items():
                yield from columns.items() if chosen in {"", name} else ()
        else:
            yield item.alias_or_name, self.expression(item.unalias(), scope)

    def source(self, node: exp.Expression, scope: Scope) -> Columns:
        """Return the columns of a relation in `from`."""
        inner = node.this
        if isinstance(node, exp.Values):
            labels = [[self.expression(item, scope) for item in row.expressions] for row in node.expressions]
            return self.named(
                {str(place): together(column) for place, column in enumerate(zip(*labels, strict=True))}, node
            )
        if isinstance(inner, exp.OpenJSON):
            return self.open_json(inner, scope)
        if isinstance(inner, exp.Subquery | exp.Query):
            seen = scope if isinstance(node, exp.Lateral) else Scope(scope.ctes, outer=scope.outer)
            return self.named(self.query(inner, seen), node)
        if not node.args.get("db") and node.name in scope.ctes:
            return scope.ctes[node.name]
        if (node.args.get("db") and (node.db, node.name)) in self.tables:
            return self.tables[node.db, node.name]
        self.say("unknown table", node)
        return {}

    def open_json(self, node: exp.OpenJSON, scope: Scope) -> Columns:
        """Return the columns of openjson: with `with` of the database's collation, else values of the document's."""
        document = self.expression(node.this, scope)
        if node.expressions:
            return {
                item.name: implicit(DATABASE) if is_text(item.args["kind"]) else None
                for item in node.expressions
            }
        return {"key": implicit(JSON_KEY), "value": as_column(document) or implicit(DATABASE), "type": None}

    def expression(self, node: exp.Expression | None, scope: Scope) -> Label | None:  # noqa: PLR0911, PLR0912
        """Return the label of an expression, having checked all that stands in it."""
        match node:
            case None | exp.DataType() | exp.Var() | exp.Identifier() | exp.Null() | exp.Star():
                return None
            case exp.Column():
                return self.column(node, scope)
            case exp.Literal() | exp.National():
                return LITERAL if isinstance(node, exp.National) or node.is_string else None
            case exp.Collate():
                return self.collate(node, scope)
            case exp.Cast():
                label = self.expression(node.this, scope)
                return (label or LITERAL) if is_text(node.to) else None
            case exp.Subquery() | exp.Query():
                return as_column(next(iter(self.query(node, scope).values()), None))
            case exp.Exists():
                self.query(node.this, scope)
                return None
            case exp.In():
                return self.membership(node, scope)
            case exp.Case():
                return self.case(node, scope)
            case exp.Window():
                return self.window(node, scope)
        labels = [self.expression(child, scope) for child in node.iter_expressions()]
        label = together(labels)
        if isinstance(node, COMPARISONS):
            self.check(label, "compared", node)
        if isinstance(node, exp.Nullif):
            return labels[0]
        if isinstance(node, CONDITIONS + NO_TEXT) or node.name.lower() in NO_TEXT_BY_NAME:
            return None
        return label or (LITERAL if isinstance(node, ALWAYS_TEXT) else None)

    def collate(self, node: exp.Collate, scope: Scope) -> Label | None:
        """Return what `collate` makes of a text; of `a + b collate c` it is b's, where sqlglot takes it for both's."""
        label = explicit(node.expression.name)
        if isinstance(node.this, exp.Binary):
            self.expression(node.this.expression, scope)
            return together((self.expression(node.this.left, scope), label))
        self.expression(node.this, scope)
        return label

    def membership(self, node: exp.In, scope: Scope) -> None:
        """Check `in`, a list or a query."""
        others = [node.args["query"]] if node.args.get("query") else node.expressions
        self.check(together(self.expression(item, scope) for item in (node.this, *others)), "compared", node)

    def case(self, node: exp.Case, scope: Scope) -> Label | None:
        """Check the conditions, and put the results together."""
        tested = self.expression(node.this, scope)
        for branch in node.args["ifs"]:
            self.check(together((tested, self.expression(branch.this, scope))), "compared", branch)
        results = [branch.args["true"] for branch in node.args["ifs"]]
        return together(self.expression(item, scope) for item in (*results, node.args.get("default")))

    def window(self, node: exp.Window, scope: Scope) -> Label | None:
        """Check by what a window is divided and sorted."""
        for item in node.args.get("partition_by") or ():
            self.check(self.expression(item, scope), "partition", item)
        self.clause(node.args.get("order"), scope, is_sorted=True)
        return self.expression(node.this, scope)

    def column(self, node: exp.Column, scope: Scope | None) -> Label | None:
        """Find a column in the query, or in those around it."""
        while scope is not None:
            if not node.table and node.name in scope.aliases:
                return scope.aliases[node.name]
            found = [of for name, of in scope.sources.items() if node.table in {"", name} and node.name in of]
            if len(found) > 1:
                self.say("ambiguous column", node)
            if found:
                return found[0][node.name]
            if node.table and node.table in scope.sources:
                break
            scope = scope.outer
        self.say("unknown column", node)
        return None


def columns_of(sql: str, tables: Mapping[tuple[str, str], Columns]) -> tuple[Columns, list[str]]:
    """Return the columns that a query would have as a table, and what is wrong in it."""
    walk = Walk(tables)
    columns = walk.query(parse_one(sql, read="tsql"), Scope({}))
    return {name: as_column(label) for name, label in columns.items()}, list(dict.fromkeys(walk.findings))


def findings(sql: str, tables: Mapping[tuple[str, str], Columns]) -> list[str]:
    """Say what is wrong in a query."""
    return columns_of(sql, tables)[1]
