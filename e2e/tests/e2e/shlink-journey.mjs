// What Shlink's own client library does with an installation. Arguments: the address and a key.
import assert from 'node:assert/strict';
import { ShlinkApiClient } from '@shlinkio/shlink-js-sdk';
import { FetchHttpClient } from '@shlinkio/shlink-js-sdk/fetch';

const [baseUrl, apiKey, phase] = process.argv.slice(-3);
const client = new ShlinkApiClient(new FetchHttpClient(), { baseUrl, apiKey });
const error = async (call, type) => {
	const thrown = await call.then(
		() => assert.fail(`no ${type}`),
		(thrown) => thrown
	);
	assert.equal(thrown.type, `https://shlink.io/api/error/${type}`, JSON.stringify(thrown));
	return thrown;
};

if (phase === 'write') {
	assert.deepEqual((await client.health()).status, 'pass');
	await error(client.mercureInfo(), 'mercure-not-configured');
	const created = await client.createShortUrl({
		longUrl: 'https://canary.example/destination?a=b',
		customSlug: 'from/shlink',
		tags: ['one', 'two'],
		title: 'A title',
		maxVisits: 0,
		findIfExists: true
	});
	assert.equal(created.shortCode, 'from/shlink');
	const id = { shortCode: created.shortCode };
	assert.deepEqual(await client.getShortUrl(id), created);
	const edited = await client.updateShortUrl(id, { longUrl: 'https://canary.example/edited', title: null });
	assert.equal(edited.longUrl, 'https://canary.example/edited');
	await error(client.createShortUrl({ longUrl: 'https://b.example/', customSlug: 'from/shlink' }), 'non-unique-slug');
	const invalid = await error(client.createShortUrl({ longUrl: 'nonsense' }), 'invalid-data');
	assert.deepEqual(invalid.invalidElements, ['longUrl']);
	await error(client.getShortUrl({ shortCode: 'none', domain: 'none.example' }), 'short-url-not-found');

	const conditions = [{ type: 'any-value-query-param', matchKey: 'ref', matchValue: '' }];
	const rules = { redirectRules: [{ longUrl: 'https://canary.example/ruled', conditions }] };
	const set = await client.setShortUrlRedirectRules(id, rules);
	assert.deepEqual(set.redirectRules, [{ ...rules.redirectRules[0], priority: 1 }]);
	assert.deepEqual(await client.getShortUrlRedirectRules(id), set);

	const query = { tags: ['one', 'two'], tagsMode: 'all', orderBy: { field: 'dateCreated', dir: 'DESC' }, itemsPerPage: 5 };
	const list = await client.listShortUrls(query);
	assert.deepEqual([list.data.length, list.pagination.totalItems, list.pagination.currentPage], [1, 1, 1]);
	await client.editTag({ oldName: 'two', newName: 'zwei' });
	await error(client.editTag({ oldName: 'one', newName: 'zwei' }), 'tag-conflict');
	assert.deepEqual((await client.listTags()).data, ['one', 'zwei']);
	await client.deleteTags(['one']);
	assert.deepEqual((await client.tagsStats()).data.map(({ tag, shortUrlsCount }) => [tag, shortUrlsCount]), [['zwei', 1]]);
	const domains = await client.listDomains();
	assert.equal(domains.data[0].isDefault, true);
	const wrong = new ShlinkApiClient(new FetchHttpClient(), { baseUrl, apiKey: 'not-a-key-of-ours' });
	await error(wrong.listTags(), 'invalid-api-key');
} else {
	const id = { shortCode: 'from/shlink' };
	const visits = await client.getShortUrlVisits(id, { itemsPerPage: 5000 });
	assert.equal(visits.pagination.totalItems, 2);
	const [newest, oldest] = visits.data;
	assert.deepEqual([newest.userAgent, newest.potentialBot], ['journey/1.0', true]);
	assert.ok(new Date(newest.date) >= new Date(oldest.date) && newest.visitedUrl.endsWith('/from/shlink'));
	for (const others of [client.getTagVisits('zwei'), client.getDomainVisits('DEFAULT'), client.getNonOrphanVisits()]) {
		assert.equal((await others).pagination.totalItems, 2);
	}
	const orphans = await client.getOrphanVisits({ type: 'invalid_short_url' });
	assert.equal(orphans.data[0].visitedUrl.endsWith('/typo-of-shlink'), true, JSON.stringify(orphans));
	const { nonOrphanVisits, orphanVisits } = await client.getVisitsOverview();
	assert.deepEqual([nonOrphanVisits.total, orphanVisits.total], [2, orphans.pagination.totalItems]);
	assert.deepEqual((await client.getShortUrl(id)).visitsSummary, nonOrphanVisits);
	assert.deepEqual(await client.deleteShortUrlVisits(id), { deletedVisits: 2 });
	await client.deleteShortUrl(id);
	await error(client.getShortUrl(id), 'short-url-not-found');
}
