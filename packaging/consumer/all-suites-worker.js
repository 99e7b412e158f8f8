import { allSuites } from './all-suites.js'

export default {
  async test() {
    console.log(JSON.stringify(await allSuites()))
  },
}
