// Where the gallery starts. Nothing of it is in the product.

import { mount } from 'svelte';
import '../lib/design/tokens.css';
import '../lib/design/base.css';
import '../lib/ui/controls.css';
import { apply } from '$lib/theme.svelte.ts';
import Gallery from './Gallery.svelte';

apply();
const target = document.getElementById('app');
if (target) mount(Gallery, { target });
