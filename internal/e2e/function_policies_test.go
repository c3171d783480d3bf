package e2e_test

import (
	"strings"
	"testing"
)

// TestAWSCLIFunctionPolicies tells the AWS CLI of a function's policy, aliases,
// layers and settings.
func TestAWSCLIFunctionPolicies(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := newCLI(t, s)
	c.named["code"], _ = zipFile(t, "index.py", "def handler(event, context):\n    return 1\n")
	c.lambdaRole("Rotate")
	c.named["latest"] = "$LATEST"
	var sum string
	c.named["tools"], sum = zipFile(t, "python/tools.py", "x = 1\n")

	layer := c.lambda("publish-layer-version --layer-name tools --zip-file fileb://$tools --compatible-runtimes python3.12 --license-info MIT")
	c.has(layer, "Version", "1", "LicenseInfo", "MIT")
	c.has(layer["Content"].(map[string]any), "CodeSha256", sum)
	c.named["layer"] = layer["LayerVersionArn"].(string)
	c.has(c.lambda("get-layer-version-by-arn --arn $layer"), "LayerVersionArn", c.named["layer"])
	c.has(c.lambda("list-layer-versions --layer-name tools")["LayerVersions"].([]any)[0].(map[string]any), "Version", "1")
	c.lambda("add-layer-version-permission --layer-name tools --version-number 1 --statement-id all --action lambda:GetLayerVersion --principal *")
	if policy := c.lambda("get-layer-version-policy --layer-name tools --version-number 1")["Policy"].(string); !strings.Contains(policy, `"Principal":"*"`) {
		t.Errorf("the layer's policy: %s", policy)
	}

	made := c.lambda("create-function --function-name f --runtime python3.12 --handler index.handler --role $role --zip-file fileb://$code --publish --layers $layer")
	c.named["arn"] = made["FunctionArn"].(string)
	c.has(c.lambda("create-alias --function-name f --name live --function-version 1"), "AliasArn", c.named["arn"]+":live", "FunctionVersion", "1")
	c.has(c.lambda("get-alias --function-name $arn --name live"), "Name", "live")
	c.lambda("add-permission --function-name f --qualifier live --statement-id SecretsManagerAccess --action lambda:InvokeFunction " +
		"--principal secretsmanager.amazonaws.com --source-account 000000000000")
	s.Restart()
	want := `{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"SecretsManagerAccess","Effect":"Allow","Principal":{"Service":"secretsmanager.amazonaws.com"},` +
		`"Action":"lambda:InvokeFunction","Resource":"` + c.named["arn"] + `:live","Condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"}}}]}`
	c.has(c.lambda("get-policy --function-name $arn:live"), "Policy", want)
	c.lambda("remove-permission --function-name f --qualifier live --statement-id SecretsManagerAccess")
	c.refusesLambda("get-policy --function-name f --qualifier live", "ResourceNotFoundException")

	c.has(c.lambda("update-alias --function-name f --name live --function-version $latest"), "FunctionVersion", "$LATEST")
	c.lambda("delete-alias --function-name f --name live")
	c.has(c.lambda("get-function-code-signing-config --function-name $arn"), "FunctionName", "f")
	c.has(c.lambda("get-runtime-management-config --function-name f"), "UpdateRuntimeOn", "Auto")
	c.has(c.lambda("put-function-event-invoke-config --function-name f --maximum-retry-attempts 0"), "MaximumRetryAttempts", "0")
	c.refusesLambda("list-event-source-mappings --function-name f", "InvalidParameterValueException")
	c.lambda("delete-layer-version --layer-name tools --version-number 1")
	c.has(c.lambda("get-function-configuration --function-name f")["Layers"].([]any)[0].(map[string]any), "Arn", c.named["layer"])
}
