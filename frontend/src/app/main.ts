import '../ui/tokens.css';
import '../ui/base.css';
import '../ui/markdown.css';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('templates/app.html has no element with the id "app".');
mount(App, { target });
