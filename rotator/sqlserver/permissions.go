package sqlserver

import (
	"context"
	"database/sql"
	"strings"

	"github.com/alberti-dev/alberti/rotator/internal/level"
)

// permission is a row of sys.server_permissions or sys.database_permissions.
type permission struct {
	state   string // G granted, W with grant option, D denied, R revoked from a column
	name    string // such as SELECT
	class   string // of what it is on, as ON spells it, or SERVER or DATABASE
	schema  string // of the object, where its class has schemas
	object  string // empty when it cannot be seen
	column  string
	grantor string
}

// right is a permission in statements for a user.
func (p permission) right(to string) level.Right {
	on, known := p.on()
	r := level.Right{Name: p.name + on, Forbids: p.state == "D" || p.state == "R"}
	if !known {
		r.Name += " on " + strings.TrimSpace(p.class+" "+p.object) + ", which cannot be named"
		return r
	}
	switch p.state {
	case "G":
		r.Give = "GRANT " + r.Name + " TO " + name(to)
	case "W":
		r.Give = "GRANT " + r.Name + " TO " + name(to) + " WITH GRANT OPTION"
	case "D":
		r.Give = "DENY " + r.Name + " TO " + name(to)
	case "R":
		r.Give = "REVOKE " + r.Name + " FROM " + name(to)
	}
	if p.state != "R" {
		r.Take = p.revoke(r.Name, to)
	}
	r.Name = states[p.state] + " " + r.Name
	return r
}

var states = map[string]string{"G": "GRANT", "W": "GRANT WITH GRANT OPTION", "D": "DENY", "R": "REVOKE"}

// revoke takes a permission away in the name of who gave it: SQL Server keeps one
// for each. What the user passed on goes with it, as it must.
func (p permission) revoke(what, to string) string {
	out := "REVOKE " + what + " FROM " + name(to)
	if p.state == "W" {
		out += " CASCADE"
	}
	if p.grantor != "" {
		out += " AS " + name(p.grantor)
	}
	return out
}

// on is what follows the name of a permission; false when there is no saying it.
func (p permission) on() (on string, known bool) {
	if p.class == "SERVER" || p.class == "DATABASE" {
		return "", true
	}
	if p.class == "" || p.object == "" {
		return "", false
	}
	on = " ON " + p.class + "::"
	if p.schema != "" {
		on += name(p.schema) + "."
	}
	on += name(p.object)
	if p.column != "" {
		on += " (" + name(p.column) + ")"
	}
	return on, true
}

// permissions gives those of a user, in statements for another. What is on a
// table comes before what is on its columns, which it would undo.
func (s *session) permissions(ctx context.Context, query, of, to string) (out []level.Right, err error) {
	rows, err := s.conn.QueryContext(ctx, query, sql.Named("user", of))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p permission
		if err := rows.Scan(&p.state, &p.name, &p.class, &p.schema, &p.object, &p.column, &p.grantor); err != nil {
			return nil, err
		}
		out = append(out, p.right(to))
	}
	return out, rows.Err()
}

// Grantors are named where it is not who would grant by itself: the server's
// owner or the database's. An object is nameless when it, or the column that the
// permission is on, cannot be seen: a permission on a column must not become one
// on the table. Collations are made one, for catalog views differ in theirs.
const serverPermissions = `SELECT RTRIM(p.state), p.permission_name,
CASE p.class WHEN 100 THEN N'SERVER' WHEN 101 THEN CASE o.type WHEN 'R' THEN N'SERVER ROLE' ELSE N'LOGIN' END
  WHEN 105 THEN N'ENDPOINT' WHEN 108 THEN N'AVAILABILITY GROUP' ELSE p.class_desc COLLATE DATABASE_DEFAULT END,
N'', COALESCE(CASE p.class WHEN 101 THEN o.name COLLATE DATABASE_DEFAULT WHEN 105 THEN e.name COLLATE DATABASE_DEFAULT
  WHEN 108 THEN a.name COLLATE DATABASE_DEFAULT END, N''), N'',
CASE WHEN g.principal_id = 1 OR g.name = SUSER_SNAME() THEN N'' ELSE COALESCE(g.name, N'') END
FROM sys.server_permissions p
JOIN sys.server_principals u ON u.principal_id = p.grantee_principal_id
LEFT JOIN sys.server_principals g ON g.principal_id = p.grantor_principal_id
LEFT JOIN sys.server_principals o ON p.class = 101 AND o.principal_id = p.major_id
LEFT JOIN sys.endpoints e ON p.class = 105 AND e.endpoint_id = p.major_id
LEFT JOIN sys.availability_replicas r ON p.class = 108 AND r.replica_metadata_id = p.major_id
LEFT JOIN sys.availability_groups a ON a.group_id = r.group_id
WHERE u.name = @user ORDER BY p.class, p.major_id, p.minor_id, p.permission_name`

const databasePermissions = `SELECT RTRIM(p.state), p.permission_name,
CASE p.class WHEN 0 THEN N'DATABASE' WHEN 1 THEN N'OBJECT' WHEN 3 THEN N'SCHEMA'
  WHEN 4 THEN CASE d.type WHEN 'R' THEN N'ROLE' WHEN 'A' THEN N'APPLICATION ROLE' ELSE N'USER' END
  WHEN 5 THEN N'ASSEMBLY' WHEN 6 THEN N'TYPE' WHEN 10 THEN N'XML SCHEMA COLLECTION' WHEN 15 THEN N'MESSAGE TYPE'
  WHEN 16 THEN N'CONTRACT' WHEN 17 THEN N'SERVICE' WHEN 18 THEN N'REMOTE SERVICE BINDING' WHEN 19 THEN N'ROUTE'
  WHEN 23 THEN N'FULLTEXT CATALOG' WHEN 24 THEN N'SYMMETRIC KEY' WHEN 25 THEN N'CERTIFICATE' WHEN 26 THEN N'ASYMMETRIC KEY'
  WHEN 29 THEN N'FULLTEXT STOPLIST' WHEN 31 THEN N'SEARCH PROPERTY LIST'
  ELSE p.class_desc COLLATE DATABASE_DEFAULT END,
COALESCE(SCHEMA_NAME(CASE p.class WHEN 1 THEN o.schema_id WHEN 6 THEN t.schema_id WHEN 10 THEN x.schema_id END), N''),
COALESCE(CASE p.class WHEN 1 THEN CASE WHEN p.minor_id = 0 OR COL_NAME(p.major_id, p.minor_id) IS NOT NULL THEN o.name END
  WHEN 3 THEN SCHEMA_NAME(p.major_id) WHEN 4 THEN d.name
  WHEN 5 THEN (SELECT name FROM sys.assemblies WHERE assembly_id = p.major_id) WHEN 6 THEN t.name WHEN 10 THEN x.name
  WHEN 15 THEN (SELECT name FROM sys.service_message_types WHERE message_type_id = p.major_id)
  WHEN 16 THEN (SELECT name FROM sys.service_contracts WHERE service_contract_id = p.major_id)
  WHEN 17 THEN (SELECT name FROM sys.services WHERE service_id = p.major_id)
  WHEN 18 THEN (SELECT name FROM sys.remote_service_bindings WHERE remote_service_binding_id = p.major_id)
  WHEN 19 THEN (SELECT name FROM sys.routes WHERE route_id = p.major_id)
  WHEN 23 THEN (SELECT name FROM sys.fulltext_catalogs WHERE fulltext_catalog_id = p.major_id)
  WHEN 24 THEN (SELECT name FROM sys.symmetric_keys WHERE symmetric_key_id = p.major_id)
  WHEN 25 THEN (SELECT name FROM sys.certificates WHERE certificate_id = p.major_id)
  WHEN 26 THEN (SELECT name FROM sys.asymmetric_keys WHERE asymmetric_key_id = p.major_id)
  WHEN 29 THEN (SELECT name FROM sys.fulltext_stoplists WHERE stoplist_id = p.major_id)
  WHEN 31 THEN (SELECT name FROM sys.registered_search_property_lists WHERE property_list_id = p.major_id) END, N''),
COALESCE(CASE WHEN p.class = 1 AND p.minor_id <> 0 THEN COL_NAME(p.major_id, p.minor_id) END, N''),
CASE WHEN g.principal_id = 1 THEN N'' ELSE COALESCE(g.name, N'') END
FROM sys.database_permissions p
JOIN sys.database_principals u ON u.principal_id = p.grantee_principal_id
LEFT JOIN sys.database_principals g ON g.principal_id = p.grantor_principal_id
LEFT JOIN sys.database_principals d ON p.class = 4 AND d.principal_id = p.major_id
LEFT JOIN sys.all_objects o ON p.class = 1 AND o.object_id = p.major_id
LEFT JOIN sys.types t ON p.class = 6 AND t.user_type_id = p.major_id
LEFT JOIN sys.xml_schema_collections x ON p.class = 10 AND x.xml_collection_id = p.major_id
WHERE u.name = @user ORDER BY p.class, p.major_id, p.minor_id, p.permission_name`
