// Where the console starts in the browser.

import { mount } from 'svelte';
import './lib/design/tokens.css';
import './lib/design/base.css';
import './lib/ui/controls.css';
import { startRouter } from '$lib/router.svelte.ts';
import { apply } from '$lib/theme.svelte.ts';
import App from './App.svelte';

apply();
startRouter();

const target = document.getElementById('app');
if (target) mount(App, { target });
