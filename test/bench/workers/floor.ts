import { Hono } from 'hono';

// What nothing on this platform can be faster than, asked through the same framework: a constant, a row by its primary key,
// and the row beside a key that was never read before.
type Bindings = { DB: D1Database; REVOKED_TOKENS: KVNamespace };

const ROW = 'SELECT * FROM users WHERE id = ?';

const floor = new Hono<{ Bindings: Bindings }>()
  .get('/constant', (c) => c.json({ status: 'ok' }))
  .get('/row/:id', async (c) =>
    c.json(
      await c.env.DB.prepare(ROW)
        .bind(Number(c.req.param('id')))
        .first(),
    ),
  )
  .get('/row-and-key/:id', async (c) => {
    const [row] = await Promise.all([
      c.env.DB.prepare(ROW)
        .bind(Number(c.req.param('id')))
        .first(),
      c.env.REVOKED_TOKENS.get(`sid:${crypto.randomUUID()}`),
    ]);
    return c.json(row);
  });

export default { fetch: floor.fetch };
