/**
 * A registry on this machine, in a process of its own: `registry-server.mjs FOLDER UPLINK`. Says its port to its parent,
 * and ends with it.
 *
 * Our packages are only what is published here; those of others come from the uplink.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

const { runServer } = createRequire(import.meta.url)('verdaccio')
const [folder, uplink] = process.argv.slice(2)

const server = await runServer({
  configPath: join(folder, 'verdaccio.yaml'),
  self_path: folder,
  storage: join(folder, 'storage'),
  auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
  uplinks: { upstream: { url: uplink } },
  packages: {
    '@esdk/*': { access: ['$all'], publish: ['$all'] },
    '**': { access: ['$all'], proxy: ['upstream'] },
  },
  log: { type: 'stdout', format: 'pretty', level: 'fatal' },
  web: { enable: false },
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit(0))
