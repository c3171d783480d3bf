package mongotest

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fields of a user are what FerretDB does not keep.
var fields = []string{"roles", "customData", "authenticationRestrictions"}

// split takes what the proxy keeps out of a command that makes or changes a user.
func split(command bson.D) (rest, kept bson.D) {
	name := command[0].Key
	if name != "createUser" && name != "updateUser" {
		return command, nil
	}
	for _, e := range command {
		if slices.Contains(fields, e.Key) {
			kept = append(kept, e)
			continue
		}
		rest = append(rest, e)
	}
	if name == "createUser" {
		rest = append(rest, bson.E{Key: "roles", Value: bson.A{}}) // must be there
	}
	return rest, kept
}

// keep replaces the fields that a command named, as a whole.
func (p *Proxy) keep(command, kept bson.D) {
	id := identity(command)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch command[0].Key {
	case "createUser":
		p.accounts[id] = kept
	case "dropUser":
		delete(p.accounts, id)
	}
	for _, e := range kept {
		p.accounts[id] = with(p.accounts[id], e.Key, e.Value)
	}
}

func identity(command bson.D) string {
	user, _ := command[0].Value.(string)
	database, _ := value(command, "$db").(string)
	return database + "." + user
}

// merged adds what is kept of users to the answer to usersInfo. Restrictions are
// told only to those who ask.
func (p *Proxy) merged(command, out bson.D) bson.D {
	users, ok := value(out, "users").(bson.A)
	if command[0].Key != "usersInfo" || !ok {
		return out
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, u := range users {
		user, _ := u.(bson.D)
		id, _ := value(user, "_id").(string)
		for _, e := range p.accounts[id] {
			if e.Key != "authenticationRestrictions" || value(command, "showAuthenticationRestrictions") == true {
				user = with(user, e.Key, e.Value)
			}
		}
		users[i] = user
	}
	return with(out, "users", users)
}

func value(d bson.D, key string) any {
	for _, e := range d {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// with is a document in which a key has a value.
func with(d bson.D, key string, to any) bson.D {
	out := append(bson.D{}, d...)
	for i := range out {
		if out[i].Key == key {
			out[i].Value = to
			return out
		}
	}
	return append(out, bson.E{Key: key, Value: to})
}
