package s3_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

func TestListsOfObjects(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "keys")
	keys := []string{"a", "b/1", "b/2", "b/3/x", "b/3/y", "b0", "c d+é", "d/1", "e"}
	for _, key := range keys {
		put(t.Context(), t, client, "keys", key, key)
	}
	optional := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	for _, test := range []struct {
		name, prefix, delimiter, after string
		want                           []string
	}{
		{"all", "", "", "", keys},
		{"folders", "", "/", "", []string{"a", "b/*", "b0", "c d+é", "d/*", "e"}},
		{"in a folder", "b/", "/", "", []string{"b/1", "b/2", "b/3/*"}},
		{"by prefix", "b", "", "", []string{"b/1", "b/2", "b/3/x", "b/3/y", "b0"}},
		{"no such prefix", "z", "/", "", nil},
		{"longer delimiter", "", "/3/", "", []string{"a", "b/1", "b/2", "b/3/*", "b0", "c d+é", "d/1", "e"}},
		{"after a key", "", "", "b/2", []string{"b/3/x", "b/3/y", "b0", "c d+é", "d/1", "e"}},
		{"after no key", "", "", "b/25", []string{"b/3/x", "b/3/y", "b0", "c d+é", "d/1", "e"}},
		{"after a key in a folder", "", "/", "b/1", []string{"b/*", "b0", "c d+é", "d/*", "e"}},
		{"after a folder", "", "/", "b/", []string{"b0", "c d+é", "d/*", "e"}},
		{"after, before the prefix", "d", "", "a", []string{"d/1"}},
		{"after, behind the prefix", "b", "/", "c", nil},
	} {
		for _, size := range []int32{1, 2, 3, 1000} {
			t.Run(fmt.Sprintf("%s by %d", test.name, size), func(t *testing.T) {
				var second, first []string
				pages := awss3.NewListObjectsV2Paginator(client, &awss3.ListObjectsV2Input{
					Bucket: aws.String("keys"), Prefix: optional(test.prefix), Delimiter: optional(test.delimiter),
					StartAfter: optional(test.after), MaxKeys: &size,
				})
				for pages.HasMorePages() {
					page, err := pages.NextPage(t.Context())
					wantCode(t, err, "")
					second = append(second, merged(page.Contents, page.CommonPrefixes)...)
					if n := len(page.Contents) + len(page.CommonPrefixes); int(*page.KeyCount) != n || n > int(size) {
						t.Errorf("key count %d, %d entries, at most %d", *page.KeyCount, n, size)
					}
				}
				if diff := cmp.Diff(test.want, second); diff != "" {
					t.Errorf("version 2: %s", diff)
				}
				for in := (&awss3.ListObjectsInput{
					Bucket: aws.String("keys"), Prefix: optional(test.prefix), Delimiter: optional(test.delimiter),
					Marker: optional(test.after), MaxKeys: &size,
				}); ; {
					page, err := client.ListObjects(t.Context(), in)
					wantCode(t, err, "")
					first = append(first, merged(page.Contents, page.CommonPrefixes)...)
					if !*page.IsTruncated {
						break
					}
					if in.Marker = page.NextMarker; in.Marker == nil {
						in.Marker = page.Contents[len(page.Contents)-1].Key
					}
				}
				if diff := cmp.Diff(test.want, first); diff != "" {
					t.Errorf("version 1: %s", diff)
				}
			})
		}
	}
	none, err := client.ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{Bucket: aws.String("keys"), MaxKeys: aws.Int32(0)})
	wantCode(t, err, "")
	if *none.IsTruncated || *none.KeyCount != 0 {
		t.Errorf("a list of nothing is %+v", none)
	}
	coded, err := client.ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{
		Bucket: aws.String("keys"), Prefix: aws.String("c d"), EncodingType: "url", FetchOwner: aws.Bool(true),
	})
	wantCode(t, err, "")
	if *coded.Contents[0].Key != "c%20d%2B%C3%A9" || *coded.Prefix != "c%20d" || coded.Contents[0].Owner == nil {
		t.Errorf("encoded list is %+v", coded.Contents)
	}
	pairs, err := client.ListObjects(t.Context(), &awss3.ListObjectsInput{
		Bucket: aws.String("keys"), Prefix: aws.String("c"), Delimiter: aws.String("+"), EncodingType: "url", MaxKeys: aws.Int32(1),
	})
	wantCode(t, err, "")
	if *pairs.Delimiter != "%2B" || *pairs.CommonPrefixes[0].Prefix != "c%20d%2B" {
		t.Errorf("encoded list of version 1 is %+v", pairs)
	}
	_, err = client.ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{Bucket: aws.String("keys"), Prefix: aws.String("c d")})
	wantCode(t, err, "")
	context := f.last(t).Access[0].Context
	if _, has := context["s3:delimiter"]; has || cmp.Diff(context["s3:prefix"], []string{"c d"}) != "" {
		t.Errorf("context is %v", context)
	}
}

// merged is the entries of a page in one list; a star marks common prefixes.
func merged(objects []types.Object, prefixes []types.CommonPrefix) []string {
	var all []string
	for len(objects) > 0 || len(prefixes) > 0 {
		if len(prefixes) == 0 || len(objects) > 0 && *objects[0].Key < *prefixes[0].Prefix {
			all, objects = append(all, *objects[0].Key), objects[1:]
		} else {
			all, prefixes = append(all, *prefixes[0].Prefix+"*"), prefixes[1:]
		}
	}
	return all
}

func TestListOfVersions(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "history")
	setVersioning(t, client, "history", types.BucketVersioningStatusEnabled)
	var want []string
	for _, key := range []string{"a", "b/1", "b/2", "c"} {
		var ids []string
		for i := range 3 {
			ids = append(ids, *put(t.Context(), t, client, "history", key, fmt.Sprint(i)).VersionId)
		}
		if key == "c" {
			out, err := client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String("history"), Key: &key})
			wantCode(t, err, "")
			ids = append(ids, *out.VersionId)
		}
		for i := len(ids) - 1; i >= 0; i-- {
			want = append(want, fmt.Sprint(key, " ", ids[i], " ", i == len(ids)-1))
		}
	}
	list := func(size int32, each func(*awss3.ListObjectVersionsOutput)) (got []string) {
		pages := awss3.NewListObjectVersionsPaginator(client, &awss3.ListObjectVersionsInput{
			Bucket: aws.String("history"), MaxKeys: &size,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "")
			var lines []string
			for _, v := range page.Versions {
				lines = append(lines, fmt.Sprint(*v.Key, " ", *v.VersionId, " ", *v.IsLatest))
			}
			for _, m := range page.DeleteMarkers { // there is but one, newest of its key
				at := slices.IndexFunc(lines, func(line string) bool { return line >= *m.Key })
				if at < 0 {
					at = len(lines)
				}
				lines = slices.Insert(lines, at, fmt.Sprint(*m.Key, " ", *m.VersionId, " ", *m.IsLatest))
			}
			got = append(got, lines...)
			each(page)
		}
		return got
	}
	for _, size := range []int32{1, 2, 5, 1000} {
		if diff := cmp.Diff(want, list(size, func(*awss3.ListObjectVersionsOutput) {})); diff != "" {
			t.Errorf("by %d: %s", size, diff)
		}
	}
	folders, err := client.ListObjectVersions(t.Context(), &awss3.ListObjectVersionsInput{
		Bucket: aws.String("history"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(4),
	})
	wantCode(t, err, "")
	if len(folders.Versions) != 3 || len(folders.CommonPrefixes) != 1 || *folders.NextKeyMarker != "b/" || !*folders.IsTruncated {
		t.Errorf("folders are %+v", folders)
	}

	// Who empties a bucket deletes what the last page told before asking for the next.
	deleted := list(2, func(page *awss3.ListObjectVersionsOutput) {
		var objects []types.ObjectIdentifier
		for _, v := range page.Versions {
			objects = append(objects, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			objects = append(objects, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		_, err := client.DeleteObjects(t.Context(), &awss3.DeleteObjectsInput{
			Bucket: aws.String("history"), Delete: &types.Delete{Objects: objects},
		})
		wantCode(t, err, "")
	})
	if len(deleted) != len(want) {
		t.Errorf("%d versions were deleted, want %d", len(deleted), len(want))
	}
	_, err = client.DeleteBucket(t.Context(), &awss3.DeleteBucketInput{Bucket: aws.String("history")})
	wantCode(t, err, "")
}

func TestListsLeaveDeletedKeysOut(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "marked")
	setVersioning(t, client, "marked", types.BucketVersioningStatusEnabled)
	for _, key := range []string{"a/1", "b/1", "b/2", "c"} {
		put(t.Context(), t, client, "marked", key, key)
		put(t.Context(), t, client, "marked", key, strings.ToUpper(key))
	}
	for _, key := range []string{"a/1", "b/1"} {
		_, err := client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String("marked"), Key: &key})
		wantCode(t, err, "")
	}
	for size := range int32(3) {
		var got []string
		pages := awss3.NewListObjectsV2Paginator(client, &awss3.ListObjectsV2Input{
			Bucket: aws.String("marked"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(size + 1),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "")
			got = append(got, merged(page.Contents, page.CommonPrefixes)...)
		}
		if diff := cmp.Diff([]string{"b/*", "c"}, got); diff != "" {
			t.Error(diff)
		}
	}
}
