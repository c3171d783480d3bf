package secretsmanager_test

// pending are the rows of operations that are still to come. Their
// reproductions are written; a row that TestErrors finds reproduced is taken off
// here, and with the last one goes this file.
var pending = []situation{
	{"BatchGetSecretValue", "a listed secret is scheduled for deletion (Errors entry, call is 200)"},
	{"BatchGetSecretValue", "a listed secret does not exist (Errors entry, call is 200)"},
	{"BatchGetSecretValue", "a listed secret has no AWSCURRENT value (Errors entry, call is 200)"},
	{"BatchGetSecretValue", "no GetSecretValue permission on a listed secret (Errors entry, call is 200)"},
	{"BatchGetSecretValue", "both or neither of SecretIdList and Filters"},
	{"BatchGetSecretValue", "MaxResults without Filters"},
	{"BatchGetSecretValue", "bad NextToken"},
}
