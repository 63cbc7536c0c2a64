package standin

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// cloudfrontARN builds the ARN of a thing whose ARN CloudFront itself does not
// answer.
func (c *clients) cloudfrontARN(kind, id string) string {
	return "arn:" + partitionOf(c.region).id + ":cloudfront::" + c.account + ":" + kind + "/" + id
}

// cloudfrontTag and cloudfrontTagParts are for tagList and tagMap.
func cloudfrontTag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

func cloudfrontTagParts(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// quantity is what CloudFront wants beside each of its lists.
func quantity[T any](items []T) *int32 { return new(int32(len(items))) }

// constants turns strings into values of one of AWS's enumerations.
func constants[E ~string](names []string) []E {
	found := make([]E, 0, len(names))
	for _, name := range names {
		found = append(found, E(name))
	}
	return found
}

// plain is the way back from constants.
func plain[E ~string](values []E) []string {
	found := make([]string, 0, len(values))
	for _, value := range values {
		found = append(found, string(value))
	}
	return found
}

// itemsBlock is the shape of a block that holds a list and nothing else.
func itemsBlock() map[string]*schema.Schema {
	return map[string]*schema.Schema{"items": stringSet()}
}

// itemsOf returns the list of such a block.
func itemsOf(value any) []string {
	content, _ := block(value)
	return stringsOf(content["items"])
}

// items makes such a block, or none for an empty list.
func items(list []string) []any {
	if len(list) == 0 {
		return nil
	}
	return one(map[string]any{"items": list})
}

// choice is the shape of a block that says what happens to cookies, headers or query
// strings, and to which of them.
func choice[E ~string](behaviour, list string, values []E) map[string]*schema.Schema {
	return map[string]*schema.Schema{
		behaviour: oneOf(requiredString(), values),
		list:      optionalBlock(itemsBlock()),
	}
}

// headersChoice is choice for headers, whose behaviour may be left out.
func headersChoice[E ~string](values []E) map[string]*schema.Schema {
	shape := choice("header_behavior", "headers", values)
	shape["header_behavior"] = oneOf(optionalString(), values)
	return shape
}

// chosen takes a block of the shape choice apart.
func chosen(value any, behaviour, list string) (string, []string) {
	content, _ := block(value)
	how, _ := content[behaviour].(string)
	return how, itemsOf(content[list])
}

// The lists of names, which are absent when they are empty.

func cookieNames(names []string) *types.CookieNames {
	if len(names) == 0 {
		return nil
	}
	return &types.CookieNames{Items: names, Quantity: quantity(names)}
}

func headerNames(names []string) *types.Headers {
	if len(names) == 0 {
		return nil
	}
	return &types.Headers{Items: names, Quantity: quantity(names)}
}

func queryStringNames(names []string) *types.QueryStringNames {
	if len(names) == 0 {
		return nil
	}
	return &types.QueryStringNames{Items: names, Quantity: quantity(names)}
}

func cookiesBlock(behaviour string, names *types.CookieNames) []any {
	content := map[string]any{"cookie_behavior": behaviour}
	if names != nil {
		content["cookies"] = items(names.Items)
	}
	return one(content)
}

func headersBlock(behaviour string, names *types.Headers) []any {
	content := map[string]any{"header_behavior": behaviour}
	if names != nil {
		content["headers"] = items(names.Items)
	}
	return one(content)
}

func queryStringsBlock(behaviour string, names *types.QueryStringNames) []any {
	content := map[string]any{"query_string_behavior": behaviour}
	if names != nil {
		content["query_strings"] = items(names.Items)
	}
	return one(content)
}

// int64Of returns a number of a block as CloudFront takes seconds.
func int64Of(value any) *int64 {
	n, _ := value.(int)
	return aws.Int64(int64(n))
}

// int32Of returns a number of a block.
func int32Of(value any) *int32 {
	n, _ := value.(int)
	return aws.Int32(int32(n))
}

// boolOf returns a yes or no of a block.
func boolOf(value any) *bool {
	yes, _ := value.(bool)
	return &yes
}

// stringOf returns a string of a block, which may be empty.
func stringOf(value any) *string {
	s, _ := value.(string)
	return &s
}

// policyPage lists policies from a marker on: their ids by their names, and the marker
// of the next page.
type policyPage func(ctx context.Context, c *clients, marker *string) (ids map[string]string, next *string, err error)

// policyData is a data source of policies, found by id or name. It reads what the
// resource type of the same name takes.
func policyData(title string, attributes map[string]*schema.Schema, read operation, list policyPage) *schema.Resource {
	shape := readOnly(attributes)
	shape["id"] = exactlyOne(optionalString(), "id", "name")
	shape["name"] = exactlyOne(optionalString(), "id", "name")
	return &schema.Resource{
		Schema: shape,
		ReadContext: func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
			c := meta.(*cloud).in("")
			id := d.Get("id").(string)
			if id == "" {
				var err error
				if id, err = findPolicy(ctx, c, d.Get("name").(string), list); err != nil {
					return diag.Errorf("reading CloudFront %s: %s", title, err)
				}
			}
			d.SetId(id)
			if err := read(ctx, d, c); err != nil {
				return diag.Errorf("reading CloudFront %s (%s): %s", title, id, err)
			}
			return nil
		},
	}
}

func findPolicy(ctx context.Context, c *clients, name string, list policyPage) (string, error) {
	var marker *string
	for {
		ids, next, err := list(ctx, c, marker)
		if err != nil {
			return "", err
		}
		if id, found := ids[name]; found {
			return id, nil
		}
		if marker = next; aws.ToString(marker) == "" {
			return "", fmt.Errorf("no policy has the name %q", name)
		}
	}
}
