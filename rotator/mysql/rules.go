package mysql

import (
	"context"
	"strconv"
	"strings"

	"github.com/alberti-dev/alberti/rotator"
)

// longest is how many bytes of a password caching_sha2_password takes.
const longest = 256

// Rules implements rotator.Ruler: what MySQL's validate_password, a component or
// a plugin, and MariaDB's simple_password_check want. They let every session
// read their settings.
func (s *session) Rules(ctx context.Context, _ string) (rotator.Rules, error) {
	rows, err := s.conn.QueryContext(ctx, "SHOW GLOBAL VARIABLES WHERE Variable_name LIKE 'validate_password%' OR Variable_name LIKE 'simple_password_check%'")
	if err != nil {
		return rotator.Rules{}, err
	}
	defer rows.Close()
	settings := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return rotator.Rules{}, err
		}
		_, name, _ = strings.Cut(strings.Replace(name, ".", "_", 1), "_password_")
		settings[strings.TrimPrefix(name, "check_")] = value
	}
	rules := rulesOf(settings)
	if !s.server.maria {
		rules.MaxLength = longest
	}
	return rules, rows.Err()
}

// rulesOf reads settings by their names without the checker's.
func rulesOf(settings map[string]string) rotator.Rules {
	n := func(name string) int {
		v, _ := strconv.Atoi(settings[name])
		return v
	}
	kinds := []string{"mixed_case_count", "number_count", "special_char_count", "digits", "letters_same_case", "other_characters"}
	rules := rotator.Rules{MinLength: max(n("length"), n("minimal_length"))}
	for _, kind := range kinds {
		rules.EachType = rules.EachType || n(kind) > 0 && !strings.EqualFold(settings["policy"], "LOW") && settings["policy"] != "0"
	}
	return rules
}
