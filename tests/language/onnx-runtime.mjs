// Runs an exported graph in ONNX Runtime (onnxruntime-web from the npm registry, its build for WebAssembly) and
// compares: node onnx-runtime.mjs NODE_MODULES MODEL.onnx ROWS.json TOLERANCE. ROWS.json is that of onnx-evaluate.py.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, path, rows, tolerance] = process.argv.slice(2);
const ort = createRequire(`${modules}/`)('onnxruntime-web');
const wanted = JSON.parse(readFileSync(rows, 'utf8'));
const fail = (why) => { console.error(why); process.exit(1); };

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
const session = await ort.InferenceSession.create(readFileSync(path), { executionProviders: ['wasm'] });
const n = wanted.outputs.length, feeds = {};
for (const input of session.inputMetadata) {
    const cells = wanted.columns[input.name] ?? fail(`no column ${input.name}`);
    if (input.type === 'string')
        feeds[input.name] = new ort.Tensor('string', cells.map((c) => c ?? ''), [n, 1]);
    else {
        const numbers = cells.map((c) => c ?? NaN);
        feeds[input.name] = new ort.Tensor(input.type, input.type === 'float64' ? Float64Array.from(numbers) : Float32Array.from(numbers), [n, 1]);
    }
}
const results = await session.run(feeds), names = session.outputNames;
const got = results[names[names.length - 1]].data, width = wanted.outputs[0].length;
let worst = 0;
if (got.length !== n * width)
    fail(`${got.length} numbers and not ${n * width}`);
wanted.outputs.forEach((row, i) => row.forEach((x, k) => {
    const y = got[i * width + k];
    if ((x === null) !== Number.isNaN(y))
        fail(`row ${i}: ${y} and not ${x}`);
    if (x !== null)
        worst = Math.max(worst, Math.abs(y - x) / Math.max(1, Math.abs(x)));
}));
if (!(worst <= Number(tolerance)))
    fail(`largest difference ${worst}`);
if (wanted.labels)
    wanted.labels.forEach((label, i) => {
        if (results[names[0]].data[i] !== (label ?? ''))
            fail(`row ${i}: ${results[names[0]].data[i]} and not ${label}`);
    });
console.log(`${n} rows, largest difference ${worst.toExponential(1)}`);
